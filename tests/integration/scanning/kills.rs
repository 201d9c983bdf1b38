//! Servers that are killed while they scan, in every phase of a scan.
//!
//! `REELGRAPH_TEST_KILLS=20 cargo test scanning::kills` kills more often than the usual test does.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;
use serde_json::Value;

use super::films::Films;
use super::holds::{Change, Flood, Hold, wait_until};
use super::server::{ended_scans, serve};
use super::twins::{KILLED, Twins};
use crate::support::binary::Server;

/// All files of a folder may go without anybody being asked.
const UNGUARDED: [&str; 2] = ["--scan-missing-limit-percent", "100"];

/// How many films change at once: more than are written at once.
const FILMS: usize = 100;

/// The write with the change of this number never ends. There is one before it.
const HELD_AT: usize = 60;

/// How often a scan is killed in each phase.
fn rounds() -> u32 {
    std::env::var("REELGRAPH_TEST_KILLS").map_or(1, |kills| kills.parse().unwrap())
}

/// Films, a library whose scans are killed, and one whose scans are not.
struct Stage {
    films: Films,
    twins: Twins,
    scans: usize,
}

impl Stage {
    /// Libraries that were scanned once, with as many films in the folder `some`, and a few others.
    fn new(count: usize) -> Self {
        let mut stage = Self { films: Films::new(), twins: Twins::default(), scans: 0 };
        stage.add("kept", 3);
        stage.add("some", count);
        stage.scan();
        stage
    }

    /// Adds films to a folder.
    fn add(&self, folder: &str, count: usize) {
        for number in 0..count {
            let name = format!("{folder}/{number:03}.mkv");
            self.films.write(&name, &format!("320 {name}"));
        }
    }

    /// Starts a server, which begins with a scan.
    fn serve(&mut self) -> Server {
        self.scans += 1;
        serve(&self.films, "films", &UNGUARDED)
    }

    /// How many there are of something in the library whose scans are killed.
    fn count(&self, sql: &str) -> usize {
        let library = Connection::open(self.films.folder.path(KILLED)).unwrap();
        let sql = format!("SELECT count(*) FROM {sql}");
        let count: u32 = library.query_row(&sql, (), |row| row.get(0)).unwrap();
        count.try_into().unwrap()
    }

    /// Kills a server that is scanning, and holds its library to be sound.
    fn kill(&self, server: Server) {
        server.signal("KILL");
        server.finish();
        self.films.check();
        assert_eq!(self.count("scans WHERE state = 'RUNNING'"), 1);
    }

    /// Kills a server in the middle of a write.
    fn kill_in_write(&mut self, change: Change, count: usize) {
        let flood = Flood::at(self.films.folder.path(KILLED), change, count);
        let server = self.serve();
        flood.wait();
        server.signal("KILL");
        server.finish();
        drop(flood);
        self.films.check();
        assert_eq!(self.count("scans WHERE state = 'RUNNING'"), 1);
    }

    /// Starts a server once nobody believes any more that the one that was killed is scanning. It reports that this
    /// scan was interrupted, and its own ends where one without disturbance does.
    fn recover(&mut self) {
        let over = "UPDATE scans SET lease_until = 0 WHERE state = 'RUNNING'";
        assert_eq!(self.films.folder.execute(KILLED, over), 1);
        let states = self.scan();
        assert_eq!(states[1], "INTERRUPTED", "{states:?}");
    }

    /// Scans both libraries. Returns how the scans of the one ended that are killed, the newest first.
    fn scan(&mut self) -> Vec<Value> {
        let server = self.serve();
        let mut scans = ended_scans(&server, self.scans);
        assert_eq!(scans[0]["state"], "SUCCEEDED", "{scans:?}");
        drop(server);
        self.films.check();
        self.twins.expect_alike(&self.films, &UNGUARDED);
        scans.iter_mut().map(|scan| scan["state"].take()).collect()
    }
}

/// Where the films of the folder `some` are in a round.
fn folder(round: u32) -> String {
    if round == 0 { "some".to_owned() } else { format!("some-{round}") }
}

/// The folders that a process has open below a folder.
fn open_folders(server: &Server, below: &PathBuf) -> usize {
    let files = fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap();
    // It may be closed by now.
    let files = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
    files.filter(|file| file.starts_with(below) && file != below).count()
}

#[test]
fn a_scan_that_is_killed_while_it_walks_is_made_up_for() {
    let mut stage = Stage::new(3);
    // A walk takes a while for them, and nobody reads anything there.
    let many = stage.films.path("many");
    (0..10_000).for_each(|number| fs::create_dir_all(many.join(number.to_string())).unwrap());
    for round in 0..rounds() {
        stage.films.rename(&folder(round), &folder(round + 1));
        stage.add(&format!("new-{round}"), 2);
        let server = stage.serve();
        let is_walking = || open_folders(&server, &many) > 0;
        wait_until("a folder is open", || {
            // Only a process that is stopped stays where it is.
            is_walking() && {
                server.signal("STOP");
                let is_there = is_walking();
                if !is_there {
                    server.signal("CONT");
                }
                is_there
            }
        });
        stage.kill(server);
        let moved = format!("videos WHERE path GLOB '*/{}/*'", folder(round + 1));
        assert_eq!(stage.count(&moved), 0);
        stage.recover();
    }
}

#[test]
fn a_scan_that_is_killed_while_it_reads_is_made_up_for() {
    let mut stage = Stage::new(3);
    for round in 0..rounds() {
        stage.films.rename(&folder(round), &folder(round + 1));
        stage.add(&format!("new-{round}"), 2);
        stage.films.write(&format!("held-{round}.mkv"), &format!("320 held {round}"));
        let hold = Hold::of(&stage.films);
        let server = stage.serve();
        hold.wait();
        wait_until("the scan is reading", || {
            stage.count("scans WHERE state = 'RUNNING' AND phase = 'READING'") == 1
        });
        stage.kill(server);
        drop(hold);
        stage.recover();
    }
}

#[test]
fn a_scan_that_is_killed_while_it_writes_what_it_read_is_made_up_for() {
    let mut stage = Stage::new(3);
    for round in 0..rounds() {
        let known = stage.count("files");
        stage.add(&format!("new-{round}"), FILMS);
        stage.kill_in_write(Change::Found, known + HELD_AT);
        let written = stage.count("files") - known;
        assert!((1..HELD_AT).contains(&written), "{written}");
        stage.recover();
    }
}

#[test]
fn a_scan_that_is_killed_while_it_writes_moves_is_made_up_for() {
    let mut stage = Stage::new(FILMS);
    for _ in 0..rounds() {
        stage.films.rename("some", "moved/some");
        stage.kill_in_write(Change::Moved, HELD_AT);
        let written = stage.count("videos WHERE path GLOB '*/moved/*'");
        assert!((1..HELD_AT).contains(&written), "{written}");
        stage.recover();
        stage.films.rename("moved/some", "some");
        stage.scan();
    }
}

#[test]
fn a_scan_that_is_killed_while_it_marks_is_made_up_for() {
    let mut stage = Stage::new(FILMS);
    let elsewhere = stage.films.folder.path("elsewhere");
    for _ in 0..rounds() {
        fs::rename(stage.films.path("some"), &elsewhere).unwrap();
        stage.kill_in_write(Change::Missing, HELD_AT);
        let written = stage.count("videos WHERE missing_since IS NOT NULL");
        assert!((1..HELD_AT).contains(&written), "{written}");
        stage.recover();
        fs::rename(&elsewhere, stage.films.path("some")).unwrap();
        stage.scan();
        assert_eq!(stage.count("videos WHERE missing_since IS NOT NULL"), 0);
    }
}

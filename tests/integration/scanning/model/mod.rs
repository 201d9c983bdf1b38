//! Random changes of a folder and of its libraries between scans, of which many are killed.
//!
//! `REELGRAPH_TEST_KILLS=20 cargo test scanning::model` does twenty times as much as the usual test.

mod oracle;
mod world;

use std::collections::HashSet;

use rusqlite::Connection;

use super::films::Films;
use super::holds::{Change, Flood, Hold, wait_until};
use super::server::serve;
use super::twins::{CALM, KILLED, Twins};
use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::chance::Chance;
use oracle::{Judge, Library, library};
use world::World;

/// All files of a folder may go without anybody being asked.
const UNGUARDED: [&str; 2] = ["--scan-missing-limit-percent", "100"];
const STEPS: u32 = 10;

/// A folder, a library whose scans are killed, and one whose scans are not.
struct Model {
    world: World,
    twins: Twins,
    chance: Chance,
    /// The contents of videos that people deleted.
    deleted: HashSet<u64>,
    /// The last width that a person gave a video.
    width: i64,
    kills: u32,
}

impl Model {
    fn new(seed: u64) -> Self {
        let (world, twins) = (World::new(Films::new()), Twins::default());
        let mut model = Self {
            world,
            twins,
            chance: Chance::new(seed),
            deleted: HashSet::new(),
            width: 10_000,
            kills: 0,
        };
        (0..20).for_each(|_| model.world.change(&mut model.chance));
        model.scan();
        model
    }

    fn step(&mut self) {
        for _ in 0..=self.chance.below(8) {
            match self.chance.one_in(8) {
                true => self.act_as_person(),
                false => self.world.change(&mut self.chance),
            }
        }
        if self.chance.one_in(5) {
            self.find_nothing();
        }
        self.kill();
        self.scan();
    }

    fn library(&self) -> Library {
        library(&self.world.films, KILLED)
    }

    /// Edits or deletes the video at a path, in both libraries.
    fn act_as_person(&mut self) {
        let known = self.library();
        let with_video: Vec<_> = known.iter().filter(|(_, known)| known.video.is_some()).collect();
        let Some((path, known)) = self.chance.pick(&with_video) else { return };
        let deletes = self.chance.one_in(3);
        self.width += 1;
        for name in [KILLED, CALM] {
            let id = &library(&self.world.films, name)[path].video;
            let id = id.as_ref().expect("both libraries have the video");
            let document = match deletes {
                true => format!("deleteVideo(input: {{ id: {id:?} }}) {{ deletedVideoId }}"),
                false => format!(
                    "updateVideo(input: {{ id: {id:?}, width: {} }}) {{ video {{ id }} }}",
                    self.width
                ),
            };
            let mut command = reelgraph(&["--listen", "127.0.0.1:0"]);
            command.env("REELGRAPH_DATABASE_URL", self.world.films.folder.url(name));
            let answer = Server::spawn(command).ask(&format!("mutation {{ {document} }}"));
            assert!(answer.body.contains(id), "{answer}");
        }
        if deletes {
            self.deleted.insert(known.content);
        }
    }

    /// Scans both libraries while the disk is not mounted.
    fn find_nothing(&mut self) {
        let libraries = || [KILLED, CALM].map(|it| library(&self.world.films, it));
        let before = libraries();
        if !before[0].values().any(|known| known.video.is_some() && !known.is_missing) {
            return;
        }
        self.world.unmount();
        for library in [KILLED, CALM] {
            let scan = self.world.films.scanning_into(library, &UNGUARDED);
            Finished::run(scan).with_code(1).saying("films was not scanned");
        }
        self.world.mount();
        assert_eq!(libraries(), before);
    }

    /// Begins a scan, and kills the server somewhere. What it has written until then is true.
    fn kill(&mut self) {
        let before = self.library();
        let library = self.world.films.folder.path(KILLED);
        let flood = self.chance.one_in(2).then(|| {
            let changes = count(&self.world.films, "audit_log");
            let count = changes + 1 + self.chance.below(6);
            Flood::at(library, Change::Any, count.try_into().unwrap())
        });
        let hold = Hold::of(&self.world.films);
        let scans = count(&self.world.films, "scans");
        let server = serve(&self.world.films, "films", &UNGUARDED);
        let is_over = || {
            count(&self.world.films, "scans") > scans
                && count(&self.world.films, "scans WHERE ended_at IS NULL") == 0
        };
        // Where nothing is new, there is nothing to be killed in.
        wait_until("the scan is held or over", || {
            !hold.held().is_empty() || flood.as_ref().is_some_and(Flood::has_come) || is_over()
        });
        server.signal("KILL");
        server.finish();
        drop((flood, hold));
        self.world.films.check();
        self.kills += u32::try_from(self.expire()).unwrap();
        self.judge(&before, &self.library()).nobody_is_lost_or_mixed_up();
    }

    /// Lets so much time pass that nobody believes in what was killed any more.
    fn expire(&self) -> usize {
        let over = "UPDATE scans SET lease_until = 0 WHERE state = 'RUNNING'";
        self.world.films.folder.execute(KILLED, over)
    }

    fn judge<'j>(&'j self, before: &'j Library, after: &'j Library) -> Judge<'j> {
        Judge { before, after, files: &self.world.files, deleted: &self.deleted }
    }

    /// Scans both libraries: what was killed is made up for.
    fn scan(&mut self) {
        let before = self.world.films.folder.path(KILLED).exists().then(|| self.library());
        self.world.films.scan(&UNGUARDED).with_code(0);
        self.world.films.check();
        let after = self.library();
        self.judge(&before.unwrap_or_default(), &after).complete();
        self.twins.expect_alike(&self.world.films, &UNGUARDED);
    }
}

/// How many there are of something in the library whose scans are killed.
fn count(films: &Films, sql: &str) -> u64 {
    let library = Connection::open(films.folder.path(KILLED)).unwrap();
    let sql = format!("SELECT count(*) FROM {sql}");
    let count: i64 = library.query_row(&sql, (), |row| row.get(0)).unwrap();
    count.cast_unsigned()
}

#[test]
fn whatever_happens_between_scans_and_kills_no_video_is_lost_or_mixed_up() {
    let rounds = std::env::var("REELGRAPH_TEST_KILLS").map_or(1, |kills| kills.parse().unwrap());
    let mut kills = 0;
    for seed in 0..rounds {
        let mut model = Model::new(seed);
        for step in 0..STEPS {
            println!("seed {seed}, step {step}, {kills} kills");
            model.step();
        }
        kills += model.kills;
    }
    assert!(kills > STEPS / 3, "{kills} scans were killed in {rounds} rounds");
}

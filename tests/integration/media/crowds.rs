//! Many players at once, and players that are slow or paused for long beside other requests.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::theatre::Theatre;
use crate::support::binary::{PATIENCE, read_until};

const FILM: usize = 8_000_000;

/// What the server may take for each player: a part of the file, and what waits for its connection.
const BYTES_PER_PLAYER: u64 = 2_000_000;

fn film() -> String {
    let lines = (0..FILM / 10).map(|number| format!("{number:09}\n"));
    format!("320 long\n{}", lines.collect::<String>())
}

/// A number from the environment, or the one for every change.
pub fn from_environment(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |number| number.parse().unwrap())
}

#[test]
fn a_crowd_of_players_gets_the_bytes_that_each_asks_for() {
    let count = from_environment("REELGRAPH_TEST_PLAYERS", 40);
    let film = film();
    let theatre = Theatre::showing(&[("a.mkv", &film)], &["--serve-files", "all"]);
    let address = theatre.file_url("a.mkv");
    let before = theatre.server.peak_memory();
    // All are connected before any of them reads.
    let players: Vec<TcpStream> = (0..count).map(|_| theatre.begin(&address)).collect();
    std::thread::scope(|scope| {
        for mut player in players {
            let film = &film;
            scope.spawn(move || {
                read_until(&mut player, "\r\n\r\n");
                let mut whole = Vec::new();
                player.read_to_end(&mut whole).unwrap();
                assert!(whole == film.as_bytes(), "{} bytes", whole.len());
            });
        }
    });
    let grown = theatre.server.peak_memory() - before;
    assert!(grown < 20_000_000 + count * BYTES_PER_PLAYER, "{grown} bytes for {count} players");
}

/// Reads what is there of a film, but not more than this, and returns whether it is over.
fn sip(player: &mut TcpStream, played: &mut Vec<u8>) -> bool {
    let mut part = [0; 4096];
    match player.read(&mut part) {
        Ok(0) => true,
        Ok(count) => {
            played.extend_from_slice(&part[..count]);
            false
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn slow_and_paused_players_and_all_others_get_what_they_ask_for() {
    let seconds = from_environment("REELGRAPH_TEST_PLAY_SECONDS", 30);
    let film = film();
    let limits =
        ["--write-timeout-seconds", "1", "--max-requests", "2", "--max-file-downloads", "3"];
    let theatre =
        Theatre::showing(&[("a.mkv", &film)], &[&["--serve-files", "all"], &limits[..]].concat());
    let address = theatre.file_url("a.mkv");
    let mut players = [(); 2].map(|()| theatre.begin(&address));
    for player in &mut players {
        read_until(player, "\r\n\r\n");
    }
    let [mut paused, mut slow] = players;
    slow.set_nonblocking(true).unwrap();
    let (begun, mut slowest, mut played) = (Instant::now(), Duration::ZERO, Vec::new());
    // So slow that the server waits for it most of the time, and that half of the film is left at the end.
    let pause = Duration::from_secs(seconds) / 1000;
    let (mut asked, mut sips) = (0_u64, 0);
    while begun.elapsed() < Duration::from_secs(seconds) {
        let at = Instant::now();
        assert_eq!(theatre.video("a.mkv", "width")["width"], 320);
        slowest = slowest.max(at.elapsed());
        asked += 1;
        std::thread::sleep(Duration::from_millis(5));
        if pause * sips < begun.elapsed() {
            sips += 1;
            assert!(!sip(&mut slow, &mut played), "the slow player was disconnected");
        }
    }
    assert!(slowest < PATIENCE / 4, "{slowest:?} for one of {asked} requests");
    slow.set_nonblocking(false).unwrap();
    slow.read_to_end(&mut played).unwrap();
    assert!(played == film.as_bytes(), "{} bytes", played.len());
    let mut rest = Vec::new();
    paused.read_to_end(&mut rest).unwrap();
    assert!(rest == film.as_bytes(), "{} bytes", rest.len());
}

//! Players, which stop reading whenever somebody pauses them.

use std::io::Read;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::files::assert_accounted;
use super::theatre::Theatre;
use crate::support::binary::{PATIENCE, read_until};

/// More than what the system keeps for a connection.
const FILM: usize = 30_000_000;

fn theatre(arguments: &[&str]) -> Theatre {
    let film = format!("320 long\n{}", "film ".repeat(FILM / 5));
    Theatre::showing(&[("a.mkv", &film)], &[&["--serve-files", "all"], arguments].concat())
}

/// Begins to play, and pauses.
fn pause(theatre: &Theatre, address: &str) -> TcpStream {
    let mut player = theatre.begin(address);
    read_until(&mut player, "\r\n\r\n");
    player
}

/// Reads the rest; none if the server has disconnected the player.
fn play_on(mut player: TcpStream) -> Option<usize> {
    let mut rest = Vec::new();
    let mut part = vec![0; 1 << 20];
    loop {
        match player.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(count) => rest.extend_from_slice(&part[..count]),
        }
        if rest.len() >= FILM {
            return Some(rest.len());
        }
    }
}

/// The line of the log about a client that has stopped reading for too long.
const DISCONNECTED: &str = "disconnected a client that does not read";

#[test]
fn a_paused_player_is_not_disconnected_like_a_client_that_does_not_read() {
    let theatre = theatre(&["--write-timeout-seconds", "1"]);
    let address = theatre.file_url("a.mkv");
    let player = pause(&theatre, &address);
    // Other clients stop reading after that, one after another, and each is disconnected a second later. When the
    // time of the second one begins, the player has been paused for long.
    for _ in 0..2 {
        let mut other = theatre.server.connect();
        fill_with_answers(&mut other);
        wait_for_reset(&other);
    }
    assert_eq!(play_on(player), Some(FILM + 9));
}

/// Waits until the server has closed a connection of which it had not read all.
fn wait_for_reset(stream: &TcpStream) {
    let begun = Instant::now();
    while stream.take_error().unwrap().is_none() {
        assert!(begun.elapsed() < PATIENCE, "still connected");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Asks so often that the answers fit nowhere, and reads none.
fn fill_with_answers(stream: &mut TcpStream) {
    use std::io::Write;
    stream.set_nonblocking(true).unwrap();
    let request = b"GET /schema.graphql HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // It ends when the server has stopped reading as well.
    while stream.write_all(request).is_ok() {}
}

#[test]
fn a_player_that_is_paused_for_too_long_is_disconnected() {
    let theatre = theatre(&["--file-timeout-seconds", "1", "--log-level", "debug"]);
    let player = pause(&theatre, &theatre.file_url("a.mkv"));
    theatre.server.wait_for_log(DISCONNECTED);
    assert_eq!(play_on(player), None);
    let line = theatre.server.wait_for_log("broke off a file that was being sent");
    let reason = "the client did not read for --file-timeout-seconds";
    assert!(line.contains(reason), "{line}");
    assert_accounted(&theatre, &line, "INFO", FILM + 9);
}

#[test]
fn players_take_no_room_of_requests_and_have_a_limit_of_their_own() {
    let theatre = theatre(&["--max-requests", "1", "--max-file-downloads", "2"]);
    let address = theatre.file_url("a.mkv");
    let players = [(); 2].map(|()| pause(&theatre, &address));
    let refused = theatre.get(&address);
    assert_eq!((refused.status, &*refused.code()), (503, "OVERLOADED"), "{refused}");
    assert_eq!(refused.header("retry-after"), "10", "{refused}");
    assert_eq!(theatre.video("a.mkv", "width")["width"], 320);
    for player in players {
        assert_eq!(play_on(player), Some(FILM + 9));
    }
    let begun = Instant::now();
    let first_byte = || theatre.request(&address).header("range", "bytes=0-0").body(()).unwrap();
    while theatre.server.send(first_byte()).status != 206 {
        assert!(begun.elapsed() < PATIENCE, "{}", theatre.server);
    }
}

#[test]
fn paused_players_do_not_hold_up_the_end_of_the_server() {
    let theatre = theatre(&["--stop-seconds", "3600"]);
    let player = pause(&theatre, &theatre.file_url("a.mkv"));
    let Theatre { server, .. } = theatre;
    server.signal("TERM");
    server.finish().with_code(0);
    assert_eq!(play_on(player), None);
}

//! Hostile libraries and hostile clients: nothing outside the library roots is sent, whatever lies in them and
//! whatever is asked for.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reelgraph::config::ServedFiles;
use reelgraph::domain::{AddressKey, Clock, SystemClock, Timestamp};
use reelgraph::media::{Addresses, Target};

use super::theatre::Theatre;
use crate::scanning::films::Films;
use crate::support::chance::Chance;

const ALL: [&str; 2] = ["--serve-files", "all"];
const SECRET: &str = "320 SECRET";

/// Whatever was answered to a request for this, which may be no address at all.
fn answered(theatre: &Theatre, address: &str) -> String {
    let mut stream = theatre.server.connect();
    let head = format!("GET {address} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[track_caller]
fn check_refused(theatre: &Theatre, address: &str) {
    let answer = answered(theatre, address);
    assert!(!answer.starts_with("HTTP/1.1 2"), "{address}\n{answer}");
    assert!(!answer.contains(SECRET), "{address}\n{answer}");
}

#[test]
fn films_with_hostile_names_are_sent_under_their_names() {
    let names =
        ["%2e%2e%2fetc.mkv", "a..mkv", "a\"b'c;.mkv", "a?v=1&sig=x#y.mkv", "line\nbreak.mkv"];
    let films = Films::new();
    names.iter().for_each(|name| films.write(name, &format!("320 {name}")));
    let theatre = Theatre::of(films, &ALL);
    let data = theatre.ask("{ videos { nodes { filename fileUrl } } }");
    let videos = data["videos"]["nodes"].as_array().unwrap();
    assert_eq!(videos.len(), names.len(), "{data}");
    for video in videos {
        let answer = theatre.get(video["fileUrl"].as_str().unwrap());
        let name = video["filename"].as_str().unwrap();
        assert_eq!((answer.status, &*answer.body), (200, &*format!("320 {name}")), "{answer}");
    }
}

/// What can stand where a film was, with its size and time.
#[derive(Clone, Copy, Debug)]
enum Replacement {
    LinkOutside,
    FolderLinkOutside,
    Fifo,
    Folder,
    Device,
}

#[test]
fn what_takes_the_place_of_a_film_is_not_sent() {
    use Replacement::{Device, Fifo, Folder, FolderLinkOutside, LinkOutside};
    for replacement in [LinkOutside, FolderLinkOutside, Fifo, Folder, Device] {
        // As long as the secret.
        let theatre = Theatre::showing(&[("in/a.mkv", "320 filmab")], &ALL);
        let address = theatre.file_url("a.mkv");
        assert_eq!(theatre.get(&address).status, 200);
        let outside = theatre.films.folder.path("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("a.mkv"), SECRET).unwrap();
        let film = theatre.films.path("in/a.mkv");
        let as_old_as = |path: &Path| {
            let mut touch = Command::new("touch");
            touch.args(["--no-dereference", "--date=@1700000000"]).arg(path);
            assert!(touch.status().unwrap().success());
        };
        as_old_as(&outside.join("a.mkv"));
        theatre.films.remove("in/a.mkv");
        match replacement {
            LinkOutside => symlink(outside.join("a.mkv"), &film).unwrap(),
            FolderLinkOutside => {
                fs::remove_dir(theatre.films.path("in")).unwrap();
                symlink(&outside, theatre.films.path("in")).unwrap();
            }
            Fifo => assert!(Command::new("mkfifo").arg(&film).status().unwrap().success()),
            Folder => fs::create_dir(&film).unwrap(),
            Device => symlink("/dev/zero", &film).unwrap(),
        }
        let answer = answered(&theatre, &address);
        assert!(answer.starts_with("HTTP/1.1 404"), "{replacement:?}\n{answer}");
        assert!(!answer.contains(SECRET), "{replacement:?}\n{answer}");
    }
}

#[test]
fn a_link_to_a_film_outside_has_no_address() {
    let films = Films::new();
    let outside = films.folder.path("secret.mkv");
    fs::write(&outside, SECRET).unwrap();
    symlink(&outside, films.path("a.mkv")).unwrap();
    symlink("/etc/passwd", films.path("b.mkv")).unwrap();
    // Nor does a name that is not UTF-8.
    fs::write(films.path(".").join(std::ffi::OsStr::from_bytes(b"\xff.mkv")), "320 x").unwrap();
    let theatre = Theatre::of(films, &ALL);
    assert_eq!(theatre.ask("{ videos { totalCount } }")["videos"]["totalCount"], 0);
}

/// The key that signs the addresses of a library.
fn key_of(theatre: &Theatre) -> AddressKey {
    let library = rusqlite::Connection::open(theatre.films.folder.path("library.db")).unwrap();
    let sql = "SELECT value FROM secrets WHERE name = 'address_key'";
    AddressKey::from_bytes(library.query_row(sql, (), |row| row.get(0)).unwrap())
}

fn before(now: Timestamp, ago: Duration) -> Timestamp {
    Timestamp::from_micros(now.as_micros() - i64::try_from(ago.as_micros()).unwrap()).unwrap()
}

#[test]
fn an_expired_address_says_so() {
    let theatre = Theatre::locked(&[("a.mkv", "320 a")], &ALL);
    let video = theatre.video("a.mkv", "id fingerprint");
    let text = |field: &str| video[field].as_str().unwrap();
    let key = std::sync::Arc::new(key_of(&theatre));
    let addresses = Addresses::new(ServedFiles::All, move || Some(std::sync::Arc::clone(&key)));
    let given = |hours| {
        let book = addresses.at(before(SystemClock.now(), Duration::from_hours(hours)));
        let (id, fingerprint) = (text("id").parse().unwrap(), text("fingerprint").parse().unwrap());
        book.address(id, Target::File, fingerprint).unwrap()
    };
    assert_eq!(theatre.get(&given(11)).status, 200);
    let expired = theatre.get(&given(14));
    assert_eq!((expired.status, &*expired.code()), (403, "ADDRESS_EXPIRED"), "{expired}");
}

#[test]
fn a_thousand_addresses_that_nobody_gave_open_nothing() {
    let films = [("a.mkv", "320 a"), ("b.mkv", "320 b"), ("c.mkv", "320 c")];
    let theatre = Theatre::locked(&films, &ALL);
    fs::write(theatre.films.folder.path("secret.mkv"), SECRET).unwrap();
    let given = films.map(|(name, _)| theatre.file_url(name));
    let mut chance = Chance::new(19);
    let mut tried = 0;
    while tried < 1_000 {
        let made = altered(&mut chance, &given);
        if !given.contains(&made) {
            check_refused(&theatre, &made);
            tried += 1;
        }
    }
    given.iter().for_each(|address| assert_eq!(theatre.get(address).status, 200));
}

/// An address that is made of those that were given.
fn altered(chance: &mut Chance, given: &[String]) -> String {
    let mut pick = |count: usize| usize::try_from(chance.below(count as u64)).unwrap();
    let address = given[pick(given.len())].clone();
    let other = &given[pick(given.len())];
    let (path, query) = address.split_once('?').unwrap();
    let (other_path, other_query) = other.split_once('?').unwrap();
    let parts: Vec<&str> = query.split('&').collect();
    let other_parts: Vec<&str> = other_query.split('&').collect();
    match pick(9) {
        0 => format!("{other_path}?{query}"),
        1 => {
            // A part of another address, often the signature.
            let mut parts = parts;
            let at = pick(parts.len());
            parts[at] = other_parts[at];
            format!("{path}?{}", parts.join("&"))
        }
        2 => {
            let mut parts = parts;
            parts.remove(pick(parts.len()));
            format!("{path}?{}", parts.join("&"))
        }
        3 => {
            let mut parts = parts;
            parts.push(other_parts[pick(other_parts.len())]);
            format!("{path}?{}", parts.join("&"))
        }
        4 => {
            let outside = ["/etc/passwd", "../secret.mkv", "..%2fsecret.mkv", "%2e%2e/secret.mkv"];
            format!("/files/{}?{query}", outside[pick(outside.len())])
        }
        5 => {
            let width = [160, 320, 640, 1280][pick(4)];
            format!("{}/{width}.jpg?{query}", path.replace("files", "thumbnails"))
        }
        6 => {
            let mut bytes = address.clone().into_bytes();
            let at = path.len() + 1 + pick(query.len());
            bytes[at] = b"0123456789abcdefABCDEF_-"[pick(24)];
            String::from_utf8(bytes).unwrap()
        }
        7 => address[..path.len() + 1 + pick(query.len())].to_owned(),
        _ => {
            let extras = ["/", "/.", "%00", "/..", "/a.mkv", "\u{202e}"];
            let extra = percent(extras[pick(extras.len())]);
            format!("{path}{extra}?{query}")
        }
    }
}

fn percent(text: &str) -> String {
    let shown = |byte: u8| match byte.is_ascii_graphic() {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02x}"),
    };
    text.bytes().map(shown).collect()
}

//! Servers that watch their library roots.

use std::fs::{self, File};
use std::io::Write as _;

use serde_json::{Value, json};

use super::films::Films;
use super::holds::wait_until;
use super::server::{ended_scans, serve};
use crate::support::binary::Server;

/// What a query asks a server for.
fn asked(server: &Server, query: &str) -> Value {
    server.ask(query).json()["data"].take()
}

fn is_watched(server: &Server) -> bool {
    asked(server, "{ libraryRoots { isWatched } }")["libraryRoots"][0]["isWatched"] == true
}

/// The videos by their paths below the root: each with its ID and whether it is available.
fn videos(server: &Server) -> Vec<(String, String, String)> {
    let query = "{ videos(first: 100) { nodes { id path availability } } }";
    let videos = asked(server, query)["videos"]["nodes"].take();
    let text = |video: &Value, field: &str| video[field].as_str().unwrap_or("").to_owned();
    let below = |path: String| path.split_once("/films/").unwrap().1.to_owned();
    let video = |video: &Value| {
        (below(text(video, "path")), text(video, "id"), text(video, "availability"))
    };
    let mut videos: Vec<_> = videos.as_array().unwrap().iter().map(video).collect();
    videos.sort_unstable();
    videos
}

/// The paths of the videos that are there.
fn there(server: &Server) -> Vec<String> {
    let there = videos(server).into_iter().filter(|(.., availability)| availability == "AVAILABLE");
    there.map(|(path, ..)| path).collect()
}

fn id_of(server: &Server, path: &str) -> String {
    videos(server).into_iter().find(|(it, ..)| it == path).unwrap().1
}

/// The scans: what each looked at and found, the newest first.
fn scans(server: &Server) -> Vec<Value> {
    let query = "{ scanJobs(first: 100) { nodes {
        paths state requestedBy counts { seen added moved missing unsettled }
    } } }";
    asked(server, query)["scanJobs"]["nodes"].as_array().unwrap().clone()
}

/// A server that watches these films, once it has scanned them.
fn watching(films: &Films) -> Server {
    let server = serve(films, "films", &["--watch"]);
    ended_scans(&server, 1);
    assert!(is_watched(&server));
    server
}

/// Writes a film elsewhere, and moves it in.
fn move_in(films: &Films, name: &str) {
    let aside = films.folder.path("aside.mkv");
    films.write("new.part", &format!("320 {name}"));
    fs::rename(films.path("new.part"), &aside).unwrap();
    fs::rename(aside, films.path(name)).unwrap();
}

#[test]
fn what_happens_in_a_watched_root_is_in_the_library_within_seconds() {
    let films = Films::named(&["a.mkv", "b.mkv", "one/c.mkv", "one/deep/d.mkv"]);
    let tree = Films::named(&["deep/e.mkv", "f.mkv"]);
    let server = watching(&films);

    fs::rename(tree.path(""), films.path("in")).unwrap();
    move_in(&films, "g.mkv");
    let all =
        ["a.mkv", "b.mkv", "g.mkv", "in/deep/e.mkv", "in/f.mkv", "one/c.mkv", "one/deep/d.mkv"];
    wait_until("what was moved in is there", || there(&server) == all);
    assert_eq!(scans(&server)[0]["paths"], json!(["g.mkv", "in"]));
    assert_eq!(scans(&server)[0]["requestedBy"], Value::Null);

    // The folder that came in is watched, and so is one that gets another name.
    let before = ["a.mkv", "in/deep/e.mkv", "one/deep/d.mkv"].map(|path| id_of(&server, path));
    films.rename("a.mkv", "in/z.mkv");
    films.rename("one", "in/two");
    films.rename("in/deep/e.mkv", "e.mkv");
    films.remove("b.mkv");
    let all = ["e.mkv", "g.mkv", "in/f.mkv", "in/two/c.mkv", "in/two/deep/d.mkv", "in/z.mkv"];
    wait_until("what was renamed is where it is", || there(&server) == all);
    let after = ["in/z.mkv", "e.mkv", "in/two/deep/d.mkv"].map(|path| id_of(&server, path));
    assert_eq!(after, before);
    // A scan counts what it has done a little later, and marks what is missing at its end.
    let moved =
        || scans(&server).iter().map(|scan| scan["counts"]["moved"].as_u64().unwrap()).sum::<u64>();
    wait_until("all four have moved", || moved() == 4);
    let is_lost = |(path, _, availability): (String, String, String)| {
        (path == "b.mkv").then_some(availability == "MISSING")
    };
    wait_until("what is gone is missing", || {
        videos(&server).into_iter().find_map(is_lost) == Some(true)
    });

    films.remove("in/two/deep/d.mkv");
    wait_until("what was removed is gone", || {
        !there(&server).contains(&"in/two/deep/d.mkv".into())
    });
    assert_eq!(scans(&server)[0]["paths"], json!(["in/two/deep/d.mkv"]));
    server.signal("TERM");
    server.finish().with_code(0).saying("something changed in a library root");

    let server = serve(&films, "films", &[]);
    assert!(!is_watched(&server));
}

#[test]
fn what_no_scan_looks_at_causes_none() {
    let films = Films::named(&["a/1.mkv"]);
    let server = watching(&films);
    let others =
        ["a/1.srt", "a/poster.jpg", "a/1.mkv.part", ".hidden.mkv", ".git/2.mkv", "@eaDir/3.mkv"];
    for other in others {
        films.write(other, "320 other");
        films.age(other);
    }
    let before = films.probes();
    assert!(films.path("a/1.mkv").metadata().unwrap().is_file());
    fs::read(films.path("a/1.mkv")).unwrap();
    move_in(&films, "last.mkv");
    wait_until("the last one is there", || there(&server) == ["a/1.mkv", "last.mkv"]);
    assert_eq!(scans(&server)[0]["paths"], json!(["last.mkv"]));
    assert_eq!((scans(&server).len(), films.probes()), (2, before + 1));

    // A marker is no video, and decides about all in its folder.
    fs::write(films.path("a/.nomedia"), "").unwrap();
    wait_until("the folder is closed", || scans(&server)[0]["paths"] == json!(["a"]));
    ended_scans(&server, 3);
    films.remove("a/.nomedia");
    wait_until("the folder is open", || there(&server) == ["a/1.mkv", "last.mkv"]);
}

#[test]
fn a_film_that_is_written_slowly_is_catalogued_once_it_is_complete() {
    let films = Films::named(&["a.mkv"]);
    let server = watching(&films);
    let mut slow = File::create(films.path("slow.mkv")).unwrap();
    slow.write_all(b"3").unwrap();
    wait_until("it is left alone", || scans(&server)[0]["counts"]["unsettled"] == 1);
    assert_eq!(there(&server), ["a.mkv"]);
    slow.write_all(b"20 slow").unwrap();
    drop(slow);
    wait_until("it is there", || there(&server) == ["a.mkv", "slow.mkv"]);
    let widths = asked(&server, "{ videos(first: 9) { nodes { width } } }");
    assert_eq!(widths["videos"]["nodes"], json!([{ "width": 320 }, { "width": 320 }]));
    assert_eq!(films.probes(), 2);
}

//! Library roots of a server.

use serde_json::Value;

use super::films::Films;
use crate::support::binary::{Finished, PATIENCE, Server, reelgraph};

/// A server with the root `films` in this folder.
pub fn serve(films: &Films, folder: &str, arguments: &[&str]) -> Server {
    let root = format!("films={}", films.folder.path(folder).display());
    let given = ["--listen", "127.0.0.1:0", "--root", &root];
    let mut command = reelgraph(&[&given, arguments].concat());
    command.env("REELGRAPH_DATABASE_URL", films.folder.url("library.db"));
    command.env("REELGRAPH_FFPROBE", films.ffprobe());
    Server::spawn(command)
}

/// The scans, the newest first, once there are this many and the newest has ended.
pub fn ended_scans(server: &Server, count: usize) -> Vec<Value> {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let answer = server.ask(
            "{ scanJobs(first: 100) { nodes { id state message counts { seen added missing } } } }",
        );
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let jobs = answer["data"]["scanJobs"]["nodes"].as_array().unwrap().clone();
        let state = jobs.first().map(|job| job["state"].as_str().unwrap().to_owned());
        let is_ended = state.is_some_and(|state| state != "QUEUED" && state != "RUNNING");
        if is_ended && jobs.len() == count {
            return jobs;
        }
        assert!(std::time::Instant::now() < deadline, "{answer}");
        std::thread::yield_now();
    }
}

#[test]
fn a_server_scans_its_roots_at_the_start_and_on_request() {
    let films = Films::named(&["a.mkv"]);
    let server = serve(&films, "films", &[]);
    let scans = ended_scans(&server, 1);
    assert_eq!(scans[0]["state"], "SUCCEEDED", "{scans:?}");
    assert_eq!(scans[0]["counts"]["added"], 1, "{scans:?}");
    films.write("b.mkv", "320 b");
    let roots = server.ask("{ libraryRoots { id name state } }");
    let roots: Value = serde_json::from_str(&roots.body).unwrap();
    let root = &roots["data"]["libraryRoots"][0];
    assert_eq!((&root["name"], &root["state"]), (&"films".into(), &"ONLINE".into()), "{roots}");
    let id = root["id"].as_str().unwrap();
    let asked = server.ask(&format!(
        r#"mutation {{ scanLibrary(input: {{ rootId: "{id}" }}) {{ job {{ id state }} userErrors {{ message }} }} }}"#
    ));
    assert!(asked.body.contains("scan:"), "{}", asked.body);
    let scans = ended_scans(&server, 2);
    assert_eq!((&scans[0]["counts"]["added"], scans.len()), (&1.into(), 2), "{scans:?}");
}

#[test]
fn a_server_without_ffprobe_serves_and_its_scans_say_what_to_do() {
    let films = Films::named(&["a.mkv"]);
    // It is a program, but not this one.
    let server = serve(&films, "films", &["--ffprobe", "/bin/false"]);
    let scans = ended_scans(&server, 1);
    assert_eq!(scans[0]["state"], "FAILED", "{scans:?}");
    let message = scans[0]["message"].as_str().unwrap();
    assert!(message.contains("is not a working ffprobe"), "{message}");
}

#[test]
fn a_root_that_moved_keeps_its_videos_and_one_that_is_unplugged_marks_none() {
    let films = Films::named(&["a.mkv", "b.mkv"]);
    drop({
        let server = serve(&films, "films", &[]);
        assert_eq!(ended_scans(&server, 1)[0]["counts"]["added"], 2);
        server
    });
    let before = films.videos();
    std::fs::rename(films.folder.path("films"), films.folder.path("elsewhere")).unwrap();
    let server = serve(&films, "films", &[]);
    let scans = ended_scans(&server, 2);
    assert_eq!(scans[0]["state"], "FAILED", "{scans:?}");
    let message = scans[0]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "The folder of the library root films does not exist. Check that the disk is connected and \
         mounted, and scan again. Nothing was changed."
    );
    drop(server);
    assert_eq!(films.videos(), before);
    let server = serve(&films, "elsewhere", &[]);
    let scans = ended_scans(&server, 3);
    assert_eq!(scans[0]["state"], "SUCCEEDED", "{scans:?}");
    drop(server);
    assert_eq!((films.videos(), films.probes()), (before, 2));
}

#[test]
fn a_server_refuses_roots_that_overlap() {
    let films = Films::named(&["a/b.mkv"]);
    let folder = |name: &str| films.folder.path(name).display().to_string();
    std::os::unix::fs::symlink(folder("films"), folder("link")).unwrap();
    for (roots, expected) in [
        (
            [format!("one={}", folder("films")), format!("two={}", folder("films/a"))],
            "is in the library root one",
        ),
        (
            [format!("one={}", folder("films/a")), format!("two={}", folder("films"))],
            "contains the library root one",
        ),
        (
            [format!("one={}", folder("films")), format!("one={}", folder("films"))],
            "two roots with this name",
        ),
        (
            [format!("one={}", folder("films")), format!("two={}", folder("link"))],
            "is also the folder of the library root one",
        ),
    ] {
        let arguments = ["--listen", "127.0.0.1:0", "--root", &roots[0], "--root", &roots[1]];
        let mut command = reelgraph(&arguments);
        command.env("REELGRAPH_DATABASE_URL", "memory:").env("REELGRAPH_FFPROBE", films.ffprobe());
        Finished::run(command).with_code(1).saying(expected);
    }
}

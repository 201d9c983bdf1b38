//! A clock that is set back, one that shows what HTTP cannot write, and what older versions made of
//! the former.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::binary::{Finished, PATIENCE, Server, read_until, reelgraph};
use crate::support::clock::SetClock;
use crate::support::folder::Folder;
use crate::support::openmetrics::{Exposition, Format};

/// A record that is to be added long after this test.
const FUTURE: &str = r#"{"id":"c78bce5b-65ee-4465-bf77-675b13c4be39","path":"/future.mkv",
    "durationFrames":1,"frameRate":{"numerator":25},"width":1,"height":1,"videoCodec":"av1",
    "fileSize":1,"createdAt":"2999-01-01T00:00:00Z"}"#;

const FIELDS: &str = "video { id createdAt updatedAt } auditEntry { timestamp }";

/// Serves a library by this clock.
fn serve(folder: &Folder, clock: &SetClock) -> Server {
    let mut command = reelgraph(&["--metrics", "main", "--listen", "127.0.0.1:0"]);
    command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
    clock.rule(&mut command);
    Server::spawn(command)
}

/// Adds a video, and answers its ID and the time of that.
#[track_caller]
fn add(server: &Server) -> (String, String) {
    let answer = server.ask(&format!(
        "mutation {{ addVideo(input: {{ path: \"/a.mkv\", durationFrames: 1, width: 1, height: 1,
            frameRate: {{ numerator: 25 }}, videoCodec: \"av1\", fileSize: 1 }}) {{ {FIELDS} }} }}"
    ));
    let added = answer.json()["data"]["addVideo"].take();
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text(&added["video"]["id"]), text(&added["auditEntry"]["timestamp"]))
}

/// Gives a video this width, and answers what became of it.
#[track_caller]
fn widen(server: &Server, id: &str, width: u32) -> Value {
    let input = format!("{{ id: {id:?}, width: {width} }}");
    let answer = server.ask(&format!("mutation {{ updateVideo(input: {input}) {{ {FIELDS} }} }}"));
    let updated = answer.json()["data"]["updateVideo"].take();
    assert!(updated["video"].is_object(), "{answer}");
    updated
}

/// By how many seconds the log is ahead of the clock, as metrics have it.
#[track_caller]
fn lead(server: &Server) -> f64 {
    let answer = server.get("/metrics");
    Exposition::read(&answer.body, Format::Plain)
        .value("reelgraph_newest_change_ahead_seconds", &[])
}

const SET_BACK: &str = "the newest change is later than the clock";

#[test]
#[cfg_attr(not(faketime), ignore = "needs libfaketime, which was missing when this was built")]
fn times_do_not_fall_and_the_log_says_so_once_where_the_clock_is_set_back() {
    let (folder, clock) = (Folder::new(), SetClock::new());
    let server = serve(&folder, &clock);
    let (id, added_at) = add(&server);
    assert_eq!(lead(&server), 0.0);

    clock.set("-2h");
    for width in [2, 3, 4] {
        let updated = widen(&server, &id, width);
        assert_eq!(updated["auditEntry"]["timestamp"], *added_at, "{updated}");
        assert_eq!(updated["video"]["updatedAt"], *added_at, "{updated}");
    }
    server.wait_for_log(SET_BACK);
    assert!((7_000.0..7_200.5).contains(&lead(&server)), "{}", lead(&server));
    server.signal("TERM");
    let finished = server.finish().with_code(0);
    assert_eq!(finished.stderr.matches(SET_BACK).count(), 1, "{finished}");

    // A server that starts by such a clock reports it before anything is changed.
    let server = serve(&folder, &clock);
    server.wait_for_log(SET_BACK);
    assert!(lead(&server) > 60.0);
    clock.set("+0");
    let updated = widen(&server, &id, 5);
    let timestamp = updated["auditEntry"]["timestamp"].as_str().unwrap();
    assert!(*timestamp > *added_at, "{updated}");
    server.wait_for_log("the clock has caught up");
    assert_eq!(lead(&server), 0.0);
    drop(server);

    can_be_copied(&folder);
}

/// Holds a library to being sound, and to being read by `import` as `export` writes it.
#[track_caller]
fn can_be_copied(folder: &Folder) {
    folder.run("a.db", &["check"]).with_code(0);
    folder.run("a.db", &["export", "a.ndjson"]).with_code(0);
    folder.run("b.db", &["import", "a.ndjson"]).with_code(0);
    let [one, other] = ["a.db", "b.db"].map(|name| folder.run(name, &["export"]).stdout);
    assert!(!one.is_empty() && one == other, "{one}\n{other}");
}

#[test]
fn a_record_of_the_future_can_be_updated_exported_and_imported() {
    let folder = Folder::new();
    let records = FUTURE.replace('\n', "");
    std::fs::write(folder.path("future.ndjson"), records).unwrap();
    folder.run("a.db", &["import", "future.ndjson"]).with_code(0);
    let server = Server::start(&["--database-url", &folder.url("a.db")]);
    let updated = widen(&server, "c78bce5b-65ee-4465-bf77-675b13c4be39", 2);
    assert_eq!(updated["video"]["updatedAt"], updated["video"]["createdAt"], "{updated}");
    let timestamp = updated["auditEntry"]["timestamp"].as_str().unwrap();
    assert!(timestamp < "2999", "what a record says does not move the log: {updated}");
    drop(server);
    can_be_copied(&folder);
}

#[test]
fn what_older_versions_wrote_by_a_clock_that_was_set_back_is_sound() {
    let folder = Folder::new();
    std::fs::write(folder.path("future.ndjson"), FUTURE.replace('\n', "")).unwrap();
    folder.run("a.db", &["import", "future.ndjson"]).with_code(0);
    let url = folder.url("a.db");
    let server = Server::start(&["--database-url", &url]);
    let id = "c78bce5b-65ee-4465-bf77-675b13c4be39";
    widen(&server, id, 2);
    drop(server);
    // They dated every update by the clock alone.
    folder.damage(
        "a.db",
        "UPDATE audit_log SET timestamp = timestamp - 7200000000 WHERE version = 2",
    );
    folder.damage(
        "a.db",
        "UPDATE videos SET updated_at = (SELECT timestamp FROM audit_log WHERE version = 2)",
    );
    folder.damage(
        "a.db",
        "UPDATE audit_requests
        SET started_at = started_at - 7200000000, ended_at = ended_at - 7200000000
        WHERE updated = 1",
    );
    can_be_copied(&folder);
    let server = Server::start(&["--database-url", &url]);
    let delete =
        format!("mutation {{ deleteVideo(input: {{ id: {id:?} }}) {{ deletedVideoId }} }}");
    let answer = server.ask(&delete);
    assert_eq!(answer.json()["data"]["deleteVideo"]["deletedVideoId"], id, "{answer}");
    drop(server);
    folder.run("a.db", &["check"]).with_code(0);
    // What no version wrote is still found.
    folder.damage("a.db", "UPDATE audit_log SET timestamp = timestamp + 1 WHERE version = 2");
    folder.run("a.db", &["check"]).with_code(1);
}

#[test]
#[cfg_attr(not(faketime), ignore = "needs libfaketime, which was missing when this was built")]
fn a_year_that_http_cannot_write_makes_nothing_panic() {
    const ASK: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    for out_of_range in ["-60y", "+8000y"] {
        let (folder, clock) = (Folder::new(), SetClock::new());
        clock.set(out_of_range);
        let server = serve(&folder, &clock);
        for path in ["/health/live", "/graphql?query=%7B__typename%7D"] {
            let answer = server.get(path);
            assert_eq!((answer.status, &*answer.code()), (503, "SERVICE_UNAVAILABLE"), "{answer}");
            assert!(answer.body.contains("the clock of the server's machine"), "{answer}");
        }
        // It serves as soon as the clock is set, and until it is set wrong.
        clock.set("+0");
        let mut stream = server.connect();
        for _ in 0..2 {
            stream.write_all(ASK).unwrap();
            read_until(&mut stream, r#"{"status":"live"}"#);
        }
        clock.set(out_of_range);
        // The connection ends, be it with an error.
        let _ = stream.write_all(ASK);
        assert!(matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_)), "{server}");
        assert_eq!(server.get("/health/live").status, 503, "{server}");
        clock.set("+0");
        add(&server);
        server.signal("TERM");
        let finished = server.finish().with_code(0);
        assert!(!finished.stderr.contains("panicked"), "{finished}");
    }
}

#[test]
#[cfg_attr(not(faketime), ignore = "needs libfaketime, which was missing when this was built")]
fn a_year_that_http_cannot_write_makes_the_listener_for_metrics_not_panic() {
    const ASK: &[u8] = b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\
        accept: application/openmetrics-text\r\n\r\n";
    for out_of_range in ["-60y", "+8000y"] {
        let (folder, clock) = (Folder::new(), SetClock::new());
        let mut command = reelgraph(&["--metrics", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
        command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
        clock.rule(&mut command);
        let server = Server::spawn(command);
        let line: Value = serde_json::from_str(&server.wait_for_log("\"metrics\"")).unwrap();
        let connect = || {
            let stream = TcpStream::connect(line["address"].as_str().unwrap()).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream
        };
        let mut stream = connect();
        stream.write_all(ASK).unwrap();
        read_until(&mut stream, "# EOF\n");
        clock.set(out_of_range);
        // The connection ends, be it with an error.
        let _ = stream.write_all(ASK);
        assert!(matches!(stream.read(&mut [0; 1]), Ok(0) | Err(_)), "{server}");
        let mut stream = connect();
        stream.write_all(ASK).unwrap();
        let said = read_until(&mut stream, "}]}");
        assert!(said.contains("the clock of the server's machine"), "{said}");
        clock.set("+0");
        server.signal("TERM");
        let finished = server.finish().with_code(0);
        assert!(!finished.stderr.contains("panicked"), "{finished}");
    }
}

#[test]
#[cfg_attr(not(faketime), ignore = "needs libfaketime, which was missing when this was built")]
fn commands_work_by_any_clock() {
    for out_of_range in ["-60y", "+8000y"] {
        let (folder, clock) = (Folder::new(), SetClock::new());
        clock.set(out_of_range);
        let record = json!({
            "path": "/a.mkv", "durationFrames": 1, "frameRate": { "numerator": 25 }, "width": 1,
            "height": 1, "videoCodec": "av1", "fileSize": 1
        });
        std::fs::write(folder.path("one.ndjson"), record.to_string()).unwrap();
        let file = folder.path("one.ndjson");
        for arguments in [
            &["import", file.to_str().unwrap()][..],
            &["key", "create", "--name=lucy", "--role=reader"],
            &["key", "list"],
            &["key", "revoke", "lucy"],
            &["check"],
            &["export"],
        ] {
            let mut command = reelgraph(arguments);
            command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
            clock.rule(&mut command);
            let finished = Finished::run(command).with_code(0);
            assert!(!finished.stderr.contains("panicked"), "{finished}");
        }
    }
}

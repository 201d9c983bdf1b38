//! A database that goes away and comes back under a server.

use super::fleet::{Fleet, wait_until_ready};
use super::log::cursor;
use super::subscribers::Stream;
use crate::support::cluster::Cluster;
use crate::support::unavailable::{add, add_when_back, assert_unavailable};

/// Waits for the next change on a stream, and returns the ID of its audit entry.
#[track_caller]
fn next_change(stream: &mut Stream) -> String {
    loop {
        let result = stream.next().expect("the stream goes on");
        let event = &result["data"]["videoChanges"];
        assert!(event.is_object(), "{result}");
        if let Some(id) = event["auditEntry"]["id"].as_str() {
            return id.to_owned();
        }
    }
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_server_says_that_its_database_is_away_and_goes_on_when_it_is_back() {
    let cluster = Cluster::start();
    let fleet = Fleet::running(&cluster.url("postgres"), 1);
    let server = fleet.server(0);
    let start = cursor(server.address());
    let mut streams = [
        Stream::socket(server.address(), &start).unwrap(),
        Stream::events(server.address(), &start).unwrap(),
    ];
    let added = add_when_back(server, 0);
    for stream in &mut streams {
        assert_eq!(next_change(stream), format!("{added}:1"));
    }
    cluster.shut_down();
    assert_unavailable(&server.ask("{ videos { totalCount } }"));
    assert_unavailable(&server.ask("{ __typename videoStats { count } }"));
    // This takes as long as a change waits for the database.
    assert_unavailable(&add(server, 1));
    let health = server.get("/health/ready");
    let expected = r#"{"status":"unavailable","reason":"the library cannot be read"}"#;
    assert_eq!((health.status, &*health.body), (503, expected));
    assert_eq!(server.get("/health/live").status, 200);
    cluster.restart();
    wait_until_ready(server);
    assert_eq!(server.ask("{ videos { totalCount } }").status, 200);
    // What was refused was not done, and the streams are those from before.
    let added = add_when_back(server, 1);
    for stream in &mut streams {
        assert_eq!(next_change(stream), format!("{added}:1"));
    }
    fleet.check();
}

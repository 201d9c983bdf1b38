//! A primary that is killed while its replica lacks its newest changes, and the replica in its place: whoever
//! has seen those changes is told that they are gone.

use std::net::SocketAddr;

use serde_json::{Value, json};
use ureq::http::Request;

use super::Change;
use super::fleet::{Fleet, wait_until_ready};
use super::log::{self, cursor};
use super::subscribers::Stream;
use crate::support::binary::{Answer, Server};
use crate::support::postgres::{block_on, wait_for_number};
use crate::support::proxy::Proxy;
use crate::support::replica::Replicated;
use crate::support::unavailable::{add, add_when_back};

const NEWEST: &str = "SELECT coalesce(max(sequence), 0) FROM audit_log";
const LIBRARY: &str =
    "subscription($after: String) { libraryChanged(after: $after) { videoIds membershipChanged } }";

/// Servers of a library with five changes, two of which the replica lacks, and what clients have seen.
struct Scene {
    databases: Replicated,
    /// Between the servers and their databases.
    _proxy: Proxy,
    fleet: Fleet,
    /// From which the replica has everything, and from which it does not.
    known: String,
    lost: String,
}

impl Scene {
    fn new() -> Self {
        let databases = block_on(Replicated::start());
        let proxy = Proxy::haproxy_with(|address, _| databases.balanced(address));
        let url = format!("postgres://postgres@{}/postgres?sslmode=disable", proxy.address());
        let fleet = Fleet::running(&url, 2);
        let (first, second) = (fleet.server(0), fleet.server(1));
        (0..3).for_each(|number| assert_added(&add(first, number)));
        let known = cursor(second.address());
        block_on(async {
            wait_for_number(&databases.replica(), NEWEST, 3).await;
            databases.cut_off().await;
        });
        (3..5).for_each(|number| assert_added(&add(second, number)));
        let lost = cursor(first.address());
        Self { databases, _proxy: proxy, fleet, known, lost }
    }

    fn servers(&self) -> [&Server; 2] {
        [self.fleet.server(0), self.fleet.server(1)]
    }

    fn fail_over(&self) {
        self.databases.kill_primary();
        self.databases.promote();
    }
}

#[track_caller]
fn assert_added(answer: &Answer) {
    assert!(answer.json()["data"]["addVideo"]["video"].is_object(), "{answer}");
}

fn streams(server: SocketAddr, cursor: &str) -> [Stream; 2] {
    [Stream::socket(server, cursor).unwrap(), Stream::events(server, cursor).unwrap()]
}

/// The next changes on a stream, as many as there are in this list.
#[track_caller]
fn assert_told(stream: &mut Stream, changes: &[Change]) {
    let mut told = Vec::new();
    while told.len() < changes.len() {
        let result = stream.next().expect("the stream goes on");
        let event = &result["data"]["videoChanges"];
        assert!(event.is_object(), "{result}");
        told.extend(event["auditEntry"].is_object().then(|| Change::of(&event["auditEntry"])));
    }
    assert_eq!(told, changes);
}

/// Holds a stream to end, without another change, because its cursor is not valid.
#[track_caller]
fn assert_refused(stream: &mut Stream) {
    loop {
        let result = stream.next().expect("a stream does not end without a reason");
        if let Some(error) = result["errors"].get(0) {
            assert_eq!(error["extensions"]["code"], "INVALID_CURSOR", "{result}");
            return;
        }
        // What may come before is a mark.
        assert_eq!(result["data"]["videoChanges"]["auditEntry"], Value::Null, "{result}");
    }
}

/// The statistics with this tag, if it is still that of the answer.
fn count_by_get(server: &Server, tag: &str) -> Answer {
    let query = "/graphql?query=%7Bvideos%7BtotalCount%7D%7D";
    let request = Request::get(server.url(query)).header("accept", "application/json");
    server.send(request.header("if-none-match", tag).body(()).unwrap())
}

#[test]
#[cfg_attr(
    not(all(postgres, haproxy)),
    ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin, and HAProxy"
)]
fn cursors_of_changes_that_a_failover_has_lost_are_refused_by_every_server() {
    let scene = Scene::new();
    let log = log::entries(scene.servers()[0].address());
    let mut followed: Vec<Stream> = Vec::new();
    for server in scene.servers() {
        let mut from_known = streams(server.address(), &scene.known);
        from_known.iter_mut().for_each(|stream| assert_told(stream, &log[3..]));
        let mut from_lost = streams(server.address(), &scene.lost);
        for stream in &mut from_lost {
            let result = stream.next().unwrap();
            assert_eq!(result["data"]["videoChanges"]["kind"], "CAUGHT_UP", "{result}");
        }
        followed.extend(from_known.into_iter().chain(from_lost));
    }
    let tag = count_by_get(scene.servers()[0], "").header("etag").to_owned();
    assert_ne!(tag, "");
    scene.fail_over();
    for stream in &mut followed {
        assert_refused(stream);
    }
    scene.servers().into_iter().for_each(wait_until_ready);
    // While the new log is shorter, as long, and longer.
    for number in 10..13 {
        add_when_back(scene.servers()[number % 2], number);
        let log = log::entries(scene.servers()[0].address());
        assert_eq!(log.len(), number - 6);
        for server in scene.servers() {
            let address = server.address();
            for stream in &mut streams(address, &scene.known) {
                assert_told(stream, &log[3..]);
            }
            streams(address, &scene.lost).iter_mut().for_each(assert_refused);
            let mut library = Stream::socket_with(address, LIBRARY, &scene.lost).unwrap();
            let unknown = json!({ "videoIds": null, "membershipChanged": true });
            assert_eq!(library.next().unwrap()["data"]["libraryChanged"], unknown);
            // The place of a lost change does not prevent an answer.
            let extensions = json!({ "place": scene.lost });
            let query = json!({ "query": "{ videos { totalCount } }", "extensions": extensions });
            let counted = log::post(address, &query);
            assert_eq!(counted["data"]["videos"]["totalCount"], log.len(), "{counted}");
            let counted = count_by_get(server, &tag);
            assert_eq!(counted.json()["data"]["videos"]["totalCount"], log.len(), "{counted}");
        }
    }
    scene.fleet.check();
}

//! Metrics: where they are, and that they tell what has happened.

use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reelgraph::domain::{Clock, SystemClock, Timestamp};
use serde_json::Value;
use ureq::http::Request;

use crate::support::binary::{Answer, Finished, PATIENCE, Server, read_until, reelgraph};
use crate::support::http2::Http2;
use crate::support::openmetrics::{Exposition, Format};
use crate::support::socket::Socket;

const ADD: &str = r#"mutation Add { addVideo(input: { path: "/a.mkv", durationFrames: 1, width: 1,
    frameRate: { numerator: 25 }, height: 1, videoCodec: "av1", fileSize: 1 }) {
    userErrors { message } } }"#;

/// What the server has counted so far.
#[track_caller]
fn metrics(server: &Server) -> Exposition {
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200, "{answer}");
    Exposition::read(&answer.body, Format::Plain)
}

/// Metrics for a client that accepts this.
#[track_caller]
fn accepting(server: &Server, url: &str, accept: &str) -> Answer {
    let answer = server.send(Request::get(url).header("accept", accept).body(()).unwrap());
    assert_eq!((answer.status, answer.header("vary")), (200, "accept"), "{answer}");
    answer
}

/// Waits until a metric has this value.
#[track_caller]
fn wait_for(server: &Server, name: &str, value: f64) {
    wait_for_labelled(server, name, &[], value);
}

#[track_caller]
fn wait_for_labelled(server: &Server, name: &str, labels: &[(&str, &str)], value: f64) {
    let deadline = Instant::now() + PATIENCE;
    while metrics(server).value(name, labels) != value {
        assert!(Instant::now() < deadline, "{name} {labels:?} is not {value}\n{server}");
        thread::yield_now();
    }
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN: &str = "text/plain; version=0.0.4; charset=utf-8";

#[test]
fn metrics_are_off_where_they_are_not_asked_for() {
    let server = Server::start(&[]);
    let answer = server.get("/metrics");
    assert_eq!((answer.status, &*answer.code()), (404, "NOT_FOUND"), "{answer}");
}

#[test]
fn metrics_are_served_beside_everything_else() {
    let server = Server::start(&["--metrics", "main"]);
    let answer = server.get("/metrics");
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("content-type"), PLAIN, "{answer}");
    assert_eq!(answer.header("cache-control"), "no-store", "{answer}");
    let post = server.send(Request::post(server.url("/metrics")).body(()).unwrap());
    assert_eq!(post.status, 405, "{post}");
}

#[test]
fn metrics_have_a_listener_of_their_own() {
    let server = Server::start(&["--metrics", "127.0.0.1:0"]);
    let line: Value = serde_json::from_str(&server.wait_for_log("\"metrics\"")).unwrap();
    let url = line["url"].as_str().unwrap();
    let answer = server.send(Request::get(url).body(()).unwrap());
    assert_eq!(answer.status, 200, "{answer}");
    Exposition::read(&answer.body, Format::Plain);
    let answer = accepting(&server, url, OPEN_METRICS);
    assert_eq!(answer.header("content-type"), OPEN_METRICS, "{answer}");
    Exposition::read(&answer.body, Format::OpenMetrics);
    // Nothing but metrics is there, and no metrics are where everything else is.
    let graphql = url.replace("/metrics", "/graphql?query=%7B__typename%7D");
    assert_eq!(server.send(Request::get(graphql).body(()).unwrap()).status, 404);
    assert_eq!(server.get("/metrics").status, 404);
    server.signal("TERM");
    server.finish().with_code(0);
}

#[test]
fn a_listener_for_metrics_answers_requests_that_it_refuses() {
    let server = Server::start(&["--metrics", "127.0.0.1:0", "--max-body-bytes=1000000"]);
    let line: Value = serde_json::from_str(&server.wait_for_log("\"metrics\"")).unwrap();
    let address = line["address"].as_str().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let post = |path: &str, length: usize| {
        let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}");
        head + "\r\n\r\n" + &" ".repeat(length)
    };
    // The connection is kept.
    for (path, status) in [("/metrics", "405 Method Not Allowed"), ("/nowhere", "404 Not Found")] {
        stream.write_all(post(path, 1_000_000).as_bytes()).unwrap();
        let said = read_until(&mut stream, "}]}");
        assert!(said.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{said}");
        assert!(!said.contains("connection: close"), "{said}");
    }
    // Whoever sends more hears of it too.
    stream.write_all(post("/metrics", 9_000_000).as_bytes()).unwrap();
    let said = read_until(&mut stream, "}]}");
    assert!(
        said.contains("405 Method Not Allowed") && said.contains("connection: close"),
        "{said}"
    );
    let get = Request::get(format!("http://{address}/")).body(()).unwrap();
    let nothing = server.send(get);
    assert_eq!((nothing.status, &*nothing.code()), (404, "NOT_FOUND"), "{nothing}");
    assert!(nothing.body.contains("the metrics are at /metrics"), "{nothing}");
}

#[test]
fn an_address_in_use_is_told() {
    let server = Server::start(&[]);
    let taken = server.url("").replace("http://", "");
    let mut command = reelgraph(&["--listen", "127.0.0.1:0", "--metrics", &taken]);
    command.env("REELGRAPH_DATABASE_URL", "memory:");
    let finished = Finished::run(command).with_code(1);
    finished.saying(&format!("could not listen on {taken}")).saying("--metrics");
}

#[test]
fn requests_and_operations_are_counted() {
    let server = Server::start(&["--metrics", "main"]);
    for document in [ADD, ADD, "query Page { videos { totalCount } }", "{ __typename }"] {
        server.ask(document);
    }
    // Neither of these is executed, so that its name is nobody's business.
    server.ask("query Wrong { noSuchField }");
    server.ask("query Broken {");
    server.ask("query Failing { videos(first: 101) { totalCount } }");
    server.get("/nowhere");
    server.get("/graphql?query=%7B__typename%7D&query=");

    let metrics = metrics(&server);
    let count = |kind, name| {
        let labels = [("type", kind), ("name", name)];
        metrics.value("reelgraph_operation_duration_seconds_count", &labels)
    };
    assert_eq!(count("mutation", "Add"), 2.0);
    assert_eq!(count("query", "Page"), 1.0);
    assert_eq!(count("query", "anonymous"), 1.0);
    assert_eq!(count("query", "Failing"), 1.0);
    assert_eq!(count("query", "Wrong"), 0.0);
    let requests = |method, route, status| {
        let labels = [("method", method), ("route", route), ("status", status)];
        metrics.value("reelgraph_http_requests_total", &labels)
    };
    assert_eq!(requests("POST", "/graphql", "200"), 5.0);
    assert_eq!(requests("POST", "/graphql", "400"), 2.0);
    assert_eq!(requests("GET", "/graphql", "400"), 1.0);
    assert_eq!(requests("GET", "other", "404"), 1.0);
    let durations = |route| {
        let labels = [("route", route)];
        metrics.value("reelgraph_http_request_duration_seconds_count", &labels)
    };
    assert_eq!((durations("/graphql"), durations("other")), (8.0, 1.0));
    let errors = |code| metrics.value("reelgraph_errors_total", &[("code", code)]);
    assert_eq!(errors("GRAPHQL_VALIDATION_FAILED"), 1.0);
    assert_eq!(errors("GRAPHQL_PARSE_FAILED"), 1.0);
    assert_eq!(errors("BAD_USER_INPUT"), 1.0);
    assert_eq!(errors("NOT_FOUND"), 1.0);
    assert_eq!(errors("BAD_REQUEST"), 1.0);
    // This is the request that reads them.
    assert_eq!(metrics.value("reelgraph_http_requests_in_flight", &[]), 1.0);
}

#[test]
fn no_more_names_are_told_apart_than_allowed() {
    let server = Server::start(&["--metrics", "main", "--metrics-operation-names", "1"]);
    for name in ["First", "Second", "Third", "First"] {
        server.ask(&format!("query {name} {{ __typename }}"));
    }
    let metrics = metrics(&server);
    for (name, count) in [("First", 2.0), ("Second", 0.0), ("Third", 0.0), ("other", 2.0)] {
        let labels = [("type", "query"), ("name", name)];
        let counted = metrics.value("reelgraph_operation_duration_seconds_count", &labels);
        assert_eq!(counted, count, "{name}");
    }
}

#[test]
fn the_library_and_the_process_are_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("library.db");
    let url = format!("sqlite:{}", file.display());
    let before = SystemClock.now();
    let server = Server::start(&["--metrics", "main", "--database-url", &url]);
    for document in [ADD, "{ videos { nodes { id } } }"] {
        assert_eq!(server.ask(document).status, 200);
    }
    let metrics = metrics(&server);
    let value = |name| metrics.value(name, &[]);
    assert_eq!(value("reelgraph_store_commit_writes_count"), 1.0);
    assert_eq!(value("reelgraph_store_commit_writes_sum"), 1.0);
    // Whether the library is empty, its newest change and the scans that were left when the server starts, the
    // page, and the place in the log when metrics are read.
    assert_eq!(value("reelgraph_store_statements_total"), 5.0);
    let calls =
        |call| metrics.value("reelgraph_store_call_duration_seconds_count", &[("call", call)]);
    assert_eq!((calls("write"), calls("list")), (1.0, 1.0));
    assert!(value("reelgraph_store_readers") >= 2.0);
    assert_eq!(value("reelgraph_store_readers_busy"), 0.0);
    assert_eq!(value("reelgraph_store_readers_waiting"), 0.0);
    assert_eq!(value("reelgraph_store_writes_waiting"), 0.0);
    let size = |name: &str| std::fs::metadata(name).unwrap().len().to_string();
    assert_eq!(value("reelgraph_store_file_bytes").to_string(), size(file.to_str().unwrap()));
    assert_eq!(
        value("reelgraph_store_log_bytes").to_string(),
        size(&format!("{}-wal", file.display()))
    );
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(metrics.value("reelgraph_build_info", &version), 1.0);
    let started = value("process_start_time_seconds");
    let seconds =
        |at: Timestamp| Duration::from_micros(at.as_micros().unsigned_abs()).as_secs_f64();
    assert!((seconds(before)..seconds(SystemClock.now())).contains(&started), "{started}");
    #[cfg(target_os = "linux")]
    {
        let told = value("process_resident_memory_bytes") / 1024.0;
        let actual = f64::from(u32::try_from(server.memory() / 1024).unwrap());
        assert!((told / actual - 1.0).abs() < 0.5, "{told} KiB, not {actual}");
        let open = value("process_open_fds");
        assert!(open > 3.0 && open < value("process_max_fds"), "{open}");
        assert!(value("process_cpu_seconds_total") < PATIENCE.as_secs_f64());
    }
}

#[test]
fn subscriptions_are_counted_while_they_are_open() {
    let server = Server::start(&["--metrics", "main"]);
    let mut socket = Socket::ready(&server);
    socket.subscribe("1", "subscription { videoChanges(marks: true) { kind } }");
    socket.receive_next("1");
    let opened = metrics(&server);
    assert_eq!(opened.value("reelgraph_subscriptions", &[]), 1.0);
    assert_eq!(opened.value("reelgraph_subscription_events_total", &[]), 1.0);
    server.ask(ADD);
    socket.receive_next("1");
    wait_for(&server, "reelgraph_feed_lag_changes", 0.0);
    assert_eq!(metrics(&server).value("reelgraph_subscription_events_total", &[]), 2.0);
    drop(socket);
    wait_for(&server, "reelgraph_subscriptions", 0.0);
}

#[test]
fn both_formats_have_the_same_samples() {
    let server = Server::start(&["--metrics", "main"]);
    server.ask(ADD);
    server.get("/nowhere");
    let url = server.url("/metrics");
    let open = accepting(&server, &url, OPEN_METRICS);
    let plain = accepting(&server, &url, "text/plain");
    assert_eq!(open.header("content-type"), OPEN_METRICS, "{open}");
    assert_eq!(plain.header("content-type"), PLAIN, "{plain}");
    let samples = |exposition: Exposition| -> Vec<String> {
        let families = exposition.families.into_values();
        let samples = families.flat_map(|family| family.samples);
        // All the others change by being read.
        let samples = samples.filter(|it| {
            ["reelgraph_operation", "reelgraph_build", "reelgraph_errors", "reelgraph_audit"]
                .iter()
                .any(|name| it.name.starts_with(name))
        });
        samples.map(|it| format!("{} {:?} {}", it.name, it.labels, it.value)).collect()
    };
    let expected = samples(Exposition::read(&open.body, Format::OpenMetrics));
    assert!(expected.len() > 10, "{expected:?}");
    assert_eq!(samples(Exposition::read(&plain.body, Format::Plain)), expected);
}

#[test]
#[cfg_attr(not(promtool), ignore = "needs promtool, which Debian has in its package prometheus")]
fn prometheus_finds_no_fault_with_the_metrics() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("library.db").display());
    let server = Server::start(&["--metrics", "main", "--database-url", &url]);
    for document in [ADD, "{ videos { nodes { id } } }", "{ noSuchField }"] {
        server.ask(document);
    }
    let text = server.get("/metrics").body;
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut promtool = promtool.stderr(Stdio::piped()).spawn().unwrap();
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!((output.status.code(), &*said), (Some(0), ""), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_counted_by_protocol_while_they_are_open() {
    let server = Server::start(&["--metrics", "127.0.0.1:0"]);
    let line: Value = serde_json::from_str(&server.wait_for_log("\"metrics\"")).unwrap();
    let url = line["url"].as_str().unwrap();
    let wait_for = |expected: [f64; 4]| {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let metrics = Exposition::read(&accepting(&server, url, PLAIN).body, Format::Plain);
            let open = ["new", "http1", "http2", "websocket"]
                .map(|protocol| metrics.value("reelgraph_connections", &[("protocol", protocol)]));
            if open == expected {
                break;
            }
            assert!(Instant::now() < deadline, "{open:?} instead of {expected:?}\n{server}");
            thread::yield_now();
        }
    };
    wait_for([0.0; 4]);
    let silent = server.connect();
    wait_for([1.0, 0.0, 0.0, 0.0]);
    let mut asking = server.connect();
    asking.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    read_until(&mut asking, "}");
    wait_for([1.0, 1.0, 0.0, 0.0]);
    let socket = Socket::ready(&server);
    let mut http2 = Http2::connect(&server).await;
    assert_eq!(http2.ask("{ __typename }").await.0, 200);
    wait_for([1.0, 1.0, 1.0, 1.0]);
    drop((silent, asking, socket, http2));
    wait_for([0.0; 4]);
}

#[test]
fn the_position_of_the_audit_log_is_told_whoever_writes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("library.db").display());
    let server = Server::start(&["--metrics", "main", "--database-url", &url]);
    assert_eq!(metrics(&server).value("reelgraph_audit_log_position", &[]), 0.0);
    server.ask(ADD);
    assert_eq!(metrics(&server).value("reelgraph_audit_log_position", &[]), 1.0);
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");
    let import = reelgraph(&["import", "--database-url", &url, sample]);
    Finished::run(import).with_code(0);
    assert_eq!(metrics(&server).value("reelgraph_audit_log_position", &[]), 1001.0);
}

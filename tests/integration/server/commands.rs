//! What a person meets who starts the program: help, settings, messages.

use std::io::Write;
use std::net::TcpListener;

use crate::support::binary::{Finished, Server, read_until, reelgraph};

fn run(arguments: &[&str]) -> Finished {
    Finished::run(reelgraph(arguments))
}

#[test]
fn help_names_every_setting_with_its_variable() {
    let help = run(&["--help"]).with_code(0);
    for setting in [
        "--listen <ADDRESS:PORT>",
        "[env: REELGRAPH_LISTEN]",
        "[default: 127.0.0.1:4000]",
        "--database-url <URL>",
        "[env: REELGRAPH_DATABASE_URL]",
        "[default: sqlite:reelgraph.db]",
        "--sample",
        "[env: REELGRAPH_SAMPLE]",
        "--allow-anonymous <WHAT>",
        "[env: REELGRAPH_ALLOW_ANONYMOUS]",
        "--introspection-role <ROLE>",
        "[env: REELGRAPH_INTROSPECTION_ROLE]",
        "[default: reader]",
        "--jwt-key-file <FILE>",
        "[env: REELGRAPH_JWT_KEY_FILE]",
        "--jwt-jwks-file <FILE>",
        "[env: REELGRAPH_JWT_JWKS_FILE]",
        "--jwt-issuer <ISSUER>",
        "[env: REELGRAPH_JWT_ISSUER]",
        "--jwt-audience <AUDIENCES>",
        "[env: REELGRAPH_JWT_AUDIENCE]",
        "--jwt-role-claim <CLAIM>",
        "[env: REELGRAPH_JWT_ROLE_CLAIM]",
        "[default: role]",
        "--jwt-clock-skew-seconds <SECONDS>",
        "[env: REELGRAPH_JWT_CLOCK_SKEW_SECONDS]",
        "[default: 30]",
        "--max-body-bytes <BYTES>",
        "[env: REELGRAPH_MAX_BODY_BYTES]",
        "[default: 1048576]",
        "--read-timeout-seconds <SECONDS>",
        "[env: REELGRAPH_READ_TIMEOUT_SECONDS]",
        "[default: 5]",
        "--allowed-origins <ORIGINS>",
        "[env: REELGRAPH_ALLOWED_ORIGINS]",
        "--max-subscriptions <COUNT>",
        "[env: REELGRAPH_MAX_SUBSCRIPTIONS]",
        "--max-subscriptions-per-connection <COUNT>",
        "[env: REELGRAPH_MAX_SUBSCRIPTIONS_PER_CONNECTION]",
        "[default: 100]",
        "--init-timeout-seconds <SECONDS>",
        "[env: REELGRAPH_INIT_TIMEOUT_SECONDS]",
        "--keep-alive-seconds <SECONDS>",
        "[env: REELGRAPH_KEEP_ALIVE_SECONDS]",
        "[default: 15]",
        "--stop-seconds <SECONDS>",
        "[env: REELGRAPH_STOP_SECONDS]",
        "[default: 10]",
        "--drain-seconds <SECONDS>",
        "[env: REELGRAPH_DRAIN_SECONDS]",
        "[default: 0]",
        "--metrics <WHERE>",
        "[env: REELGRAPH_METRICS]",
        "[default: off]",
        "--metrics-operation-names <COUNT>",
        "[env: REELGRAPH_METRICS_OPERATION_NAMES]",
        "--otlp-endpoint <URL>",
        "[env: REELGRAPH_OTLP_ENDPOINT]",
        "--trace-sample-ratio <RATIO>",
        "[env: REELGRAPH_TRACE_SAMPLE_RATIO]",
        "[default: 1]",
        "--slow-query-milliseconds <MILLISECONDS>",
        "[env: REELGRAPH_SLOW_QUERY_MILLISECONDS]",
        "[default: 500]",
        "--log-format <FORMAT>",
        "[env: REELGRAPH_LOG_FORMAT]",
        "[default: text]",
        "--log-level <LEVEL>",
        "[env: REELGRAPH_LOG_LEVEL]",
        "[default: info]",
    ] {
        assert!(help.stdout.contains(setting), "{setting} is missing\n{help}");
    }
}

#[test]
fn a_bad_setting_stops_the_start_and_is_named() {
    for (flag, value) in [
        ("--listen", "localhost"),
        ("--listen", "127.0.0.1:65536"),
        ("--database-url", "mysql://localhost"),
        ("--max-body-bytes", "1023"),
        ("--max-body-bytes", "1MB"),
        ("--read-timeout-seconds", "0"),
        ("--read-timeout-seconds", "3601"),
        ("--read-timeout-seconds", "1.5"),
        ("--allow-anonymous", "all"),
        ("--introspection-role", "owner"),
        ("--jwt-clock-skew-seconds", "601"),
        ("--allowed-origins", "films.example"),
        ("--allowed-origins", "https://Films.example"),
        ("--allowed-origins", "https://films.example/"),
        ("--allowed-origins", "*"),
        ("--max-subscriptions", "1000001"),
        ("--max-subscriptions-per-connection", "0"),
        ("--init-timeout-seconds", "0"),
        ("--keep-alive-seconds", "0"),
        ("--stop-seconds", "3601"),
        ("--stop-seconds", "-1"),
        ("--drain-seconds", "3601"),
        ("--metrics", "on"),
        ("--metrics", "localhost:9464"),
        ("--metrics-operation-names", "10001"),
        ("--otlp-endpoint", "127.0.0.1:4318"),
        ("--otlp-endpoint", "https://127.0.0.1:4318"),
        ("--trace-sample-ratio", "1.5"),
        ("--slow-query-milliseconds", "3600001"),
        ("--log-format", "xml"),
        ("--log-level", "loud"),
    ] {
        let flag_and_value = format!("{flag}={value}");
        run(&[&flag_and_value]).with_code(2).saying(flag).saying(value);

        let variable = format!("REELGRAPH_{}", flag[2..].to_uppercase().replace('-', "_"));
        let mut command = reelgraph(&[]);
        command.env(variable, value);
        Finished::run(command).with_code(2).saying(flag).saying(value);
    }
    run(&["--unknown"]).with_code(2).saying("--unknown");
    run(&["unknown"]).with_code(2).saying("unknown");
}

#[test]
fn a_setting_of_serve_may_be_in_the_environment_of_other_commands() {
    let mut command = reelgraph(&["schema"]);
    command.env("REELGRAPH_LISTEN", "127.0.0.1:1").env("REELGRAPH_SAMPLE", "true");
    Finished::run(command).with_code(0);
}

#[test]
fn a_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    run(&["--listen", &address, "--database-url", "memory:"])
        .with_code(1)
        .saying(&format!("error: {address} is in use"))
        .saying("--listen");
}

#[test]
fn a_library_that_cannot_be_opened_is_told() {
    let url = "sqlite:no/such/directory/reelgraph.db";
    for arguments in [
        &["--listen", "127.0.0.1:0", "--database-url", url][..],
        &["migrate", "--database-url", url],
    ] {
        run(arguments).with_code(1).saying("error: ").saying("no/such/directory");
    }
}

#[test]
fn schema_prints_the_schema() {
    let printed = run(&["schema"]).with_code(0).stdout;
    assert_eq!(printed, reelgraph::graphql::sdl());
}

#[test]
fn migrate_creates_a_library() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("new.db");
    let url = format!("sqlite:{}", file.display());
    for _ in ["created", "left as it is"] {
        let finished = run(&["migrate", "--database-url", &url]).with_code(0);
        assert!(finished.stdout.contains(&url), "{finished}");
        assert!(file.exists(), "{finished}");
    }
}

#[test]
fn a_start_in_text_mode_says_where_everything_is() {
    let mut command = reelgraph(&["--listen", "127.0.0.1:0", "--sample"]);
    let mut server = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(server.stdout.take().unwrap()));
    let said: Vec<String> = lines.by_ref().take(3).map(Result::unwrap).collect();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(said[0].starts_with("GraphQL API  http://127.0.0.1:"), "{said:?}");
    assert!(said[1].contains("/graphql in a browser"), "{said:?}");
    assert!(said[2].contains("sample"), "{said:?}");
}

#[test]
fn the_sample_is_served_from_memory() {
    let server = Server::start(&["--sample"]);
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], 1000, "{answer}");
}

#[test]
fn health_tells_whether_a_server_is_ready() {
    let server = Server::start(&[]);
    let address = server.address().to_string();
    let health = run(&["health", "--listen", &address]).with_code(0);
    assert_eq!(health.stdout, format!("The server at {address} is ready.\n"));
    // All of this machine's addresses are reached at one of them.
    let port = server.address().port();
    run(&["health", "--listen", &format!("0.0.0.0:{port}")]).with_code(0);
    server.signal("TERM");
    server.finish().with_code(0);
    run(&["health", "--listen", &address])
        .with_code(1)
        .saying(&format!("the server at {address} cannot be reached: "));
}

#[test]
fn health_knows_a_server_from_what_is_none() {
    for (answer, reason) in [
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", "is not ready"),
        ("HTTP/1.1 404 Not Found\r\n\r\n", "is not a Reelgraph server"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"),
        ("", "does not speak HTTP"),
    ] {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap().to_string();
        let answering = std::thread::spawn(move || {
            let (mut stream, _) = other.accept().unwrap();
            read_until(&mut stream, "\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        run(&["health", "--listen", &address]).with_code(1).saying(reason).saying(&address);
        answering.join().unwrap();
    }
}

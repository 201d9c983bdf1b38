//! Proxies that keep their connections to the server, and callers who spoil it for others.
//!
//! `REELGRAPH_TEST_PROXY_REQUESTS=20000 cargo test proxies` asks more often than the usual test does.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use ureq::Agent;

use crate::support::binary::{Finished, PATIENCE, Server};
use crate::support::issuers::{Issuer, claims};
use crate::support::node::node_with;
use crate::support::proxy::Proxy;

/// How many callers there are with a right token, and with a wrong one.
const VALID: usize = 4;
const WRONG: usize = 3;

/// How long the body of a caller with a wrong token is.
const LENGTH: usize = 100_000;

/// Those who ask at the same time, and what came of it.
struct Crowd {
    url: String,
    token: String,
    /// How many requests with a right token have begun.
    asked: AtomicUsize,
    is_over: AtomicBool,
}

impl Crowd {
    /// Asks with a right token until there were enough requests, and gives what failed.
    fn ask(&self, requests: usize) -> Vec<String> {
        let caller = agent();
        let mut failures = Vec::new();
        while self.asked.fetch_add(1, Ordering::Relaxed) < requests {
            failures.extend(self.post(&caller, &self.token, r#"{"query":"{ __typename }"}"#, 200));
        }
        failures
    }

    /// Asks with a wrong token until it is over, and gives what did not fail as it should.
    fn disturb(&self) -> Vec<String> {
        let (caller, body) = (agent(), " ".repeat(LENGTH));
        let mut failures = Vec::new();
        while !self.is_over.load(Ordering::Relaxed) {
            failures.extend(self.post(&caller, "x", &body, 401));
        }
        failures
    }

    /// What went otherwise than expected, if anything.
    fn post(&self, caller: &Agent, token: &str, body: &str, expected: u16) -> Option<String> {
        let request = caller
            .post(&self.url)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        match request.send(body) {
            Ok(mut answer) if answer.status() == expected => {
                answer.body_mut().read_to_string().err().map(|error| error.to_string())
            }
            Ok(answer) => Some(answer.status().to_string()),
            Err(error) => Some(error.to_string()),
        }
    }
}

fn agent() -> Agent {
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
    config.build().into()
}

/// Has some callers spoil it for others.
#[track_caller]
fn check(proxy: impl FnOnce(SocketAddr) -> Proxy) {
    let requests = std::env::var("REELGRAPH_TEST_PROXY_REQUESTS");
    let requests = requests.map_or(1_000, |requests| requests.parse().unwrap());
    let issuer = Issuer::hs256();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, &issuer.key_file).unwrap();
    let server =
        Server::start(&["--jwt-key-file", file.to_str().unwrap(), "--body-timeout-seconds=600"]);
    let proxy = proxy(server.address());
    let crowd = Crowd {
        url: proxy.url("http", "/graphql"),
        token: issuer.sign(&claims(100_000)),
        asked: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
    };
    let (valid, wrong) = thread::scope(|scope| {
        let wrong = [(); WRONG].map(|()| scope.spawn(|| crowd.disturb()));
        let valid = [(); VALID].map(|()| scope.spawn(|| crowd.ask(requests)));
        let valid = valid.map(|caller| caller.join().unwrap()).concat();
        crowd.is_over.store(true, Ordering::Relaxed);
        (valid, wrong.map(|caller| caller.join().unwrap()).concat())
    });
    for (who, failures) in [("right", valid), ("wrong", wrong)] {
        let first = failures.first();
        let count = failures.len();
        assert_eq!(first, None, "{count} callers with a {who} token failed\n{}", proxy.said());
    }
}

#[test]
#[cfg_attr(not(nginx), ignore = "needs nginx, which was not found when this was built")]
fn behind_nginx_nobody_fails_because_of_another_caller() {
    check(Proxy::nginx);
}

#[test]
#[cfg_attr(not(caddy), ignore = "needs Caddy, which was not found when this was built")]
fn behind_caddy_nobody_fails_because_of_another_caller() {
    check(Proxy::caddy);
}

#[test]
#[cfg_attr(not(haproxy), ignore = "needs HAProxy, which was not found when this was built")]
fn behind_haproxy_nobody_fails_because_of_another_caller() {
    check(Proxy::haproxy);
}

/// The example of how nginx is set up, with addresses and a certificate of the test.
fn example(server: SocketAddr, address: SocketAddr, folder: &Path) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/nginx.conf");
    let mut example = fs::read_to_string(path).unwrap();
    let certificate = folder.join("certificate.pem").display().to_string();
    let key = folder.join("key.pem").display().to_string();
    let mut make = Command::new("openssl");
    make.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2", "-subj", "/CN=films.example", "-keyout", &key])
        .args(["-out", &certificate]);
    Finished::run(make).with_code(0);
    for (from, to) in [
        ("127.0.0.1:4000", &server.to_string()),
        ("listen 443 ssl http2", &format!("listen {address} ssl http2")),
        // Not every machine has IPv6.
        ("listen [::]:443", &format!("listen 127.0.0.2:{}", address.port())),
        ("/etc/ssl/films.example.pem", &certificate),
        ("/etc/ssl/films.example.key", &key),
    ] {
        assert_eq!(example.matches(from).count(), 1, "{from}");
        example = example.replace(from, to);
    }
    example
}

#[test]
#[cfg_attr(
    not(all(nginx, node, openssl)),
    ignore = "needs nginx, Node.js and OpenSSL, one of which was missing when this was built"
)]
fn the_example_for_nginx_serves_queries_sockets_and_streams() {
    let server = Server::start(&[]);
    let proxy = Proxy::nginx_with(|address, folder| example(server.address(), address, folder));
    assert_eq!(proxy.said(), "", "nginx has something against the example");
    let url = proxy.url("https", "/graphql");
    let trusting = [("NODE_TLS_REJECT_UNAUTHORIZED", "0")];
    let asked = node_with("graphql-clients", &["proxy.mjs", &url], &trusting).with_code(0);
    assert_eq!(asked.stdout, "asked over HTTP/2\n", "{asked}");
    let followed = node_with("graphql-clients", &["events.mjs", &url], &trusting).with_code(0);
    assert_eq!(followed.stdout.lines().count(), 4, "{followed}");
}

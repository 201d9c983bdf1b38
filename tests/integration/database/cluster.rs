//! The example of a cluster in `deploy/cluster`, set up and failed over by the commands of its text. Only the
//! addresses and folders are those of the test, and clients connect without TLS.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use ureq::Agent;
use ureq::http::Request;

use crate::support::binary::{Finished, PATIENCE, Server, reelgraph};
use crate::support::folder::Folder;
use crate::support::graphql::{ADD, input};
use crate::support::machines::Machines;
use crate::support::proxy::Proxy;

const CLIENTS: &str = "bind :443 ssl crt /etc/ssl/films.example.pem alpn h2,http/1.1";
const COUNT: &str = "{ videos { totalCount } }";

/// A file of the example.
fn example(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/cluster");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The commands that follow a sentence of the text.
fn commands(sentence: &str) -> String {
    let text = example("README.md");
    let behind = text.split_once(sentence).unwrap_or_else(|| panic!("no {sentence:?}")).1;
    let block = behind.split_once("```sh\n").unwrap().1;
    block.split_once("```").unwrap().0.to_owned()
}

/// The cluster, once it is set up.
struct Cluster {
    machines: Machines,
    balancer: Proxy,
    servers: Vec<Server>,
    key: String,
    _folder: Folder,
}

impl Cluster {
    fn set_up() -> Self {
        let machines = Machines::start(&example("postgresql.conf"), &example("pg_hba.conf"));
        machines.run("pg1", &commands("with passwords of your own:"));
        machines.run("pg2", &commands("which becomes the replica:"));
        let configuration = example("haproxy.cfg").replace(CLIENTS, "bind 10.0.0.10:8080");
        let address: SocketAddr = machines.here("10.0.0.10:8080").parse().unwrap();
        let balancer = Proxy::haproxy_at(address, |_, _| machines.here(&configuration));
        let folder = Folder::new();
        fs::write(folder.path("database-password"), "another one\n").unwrap();
        let unit = machines.here(&example("reelgraph.conf"));
        let unit = unit.replace("%d", folder.path("").to_str().unwrap().trim_end_matches('/'));
        let command = |arguments: &[&str], number: &str| {
            let mut command = reelgraph(arguments);
            let lines = unit.lines().filter_map(|line| line.strip_prefix("Environment="));
            for (name, value) in lines.map(|line| line.split_once('=').unwrap()) {
                command.env(name, value.replace(".11:4000", &format!(".{number}:4000")));
            }
            command
        };
        let create = ["key", "create", "--name", "test", "--role", "editor"];
        let key = Finished::run(command(&create, "11")).with_code(0).stdout.trim_end().to_owned();
        let servers = ["11", "12"].map(|number| Server::spawn(command(&["serve"], number)));
        balancer.wait_for_answer("/health/ready");
        Self { machines, balancer, servers: servers.into(), key, _folder: folder }
    }

    /// Waits until each server reads from this machine.
    fn wait_for_replica(&self, machine: &str) {
        let machine = self.machines.here(&machine.replace("pg", "10.0.0.2"));
        let is_about = |line: &str| {
            line.contains("reading queries from this replica") && line.contains(&machine)
        };
        for one in &self.servers {
            until(|| one.to_string().lines().any(is_about), "the replica is not used");
        }
    }

    /// Waits until both servers answer so whether they are ready.
    fn wait_for_readiness(&self, status: u16) {
        for one in &self.servers {
            until(|| one.get("/health/ready").status == status, "the servers do not notice");
        }
    }

    /// The status and the body of what clients get.
    fn post(&self, body: &serde_json::Value) -> (u16, serde_json::Value) {
        let config = Agent::config_builder().http_status_as_error(false);
        let agent = config.timeout_global(Some(PATIENCE)).build().new_agent();
        let request = Request::post(self.balancer.url("http", "/graphql"))
            .header("accept", "application/graphql-response+json")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.key));
        let mut answer = agent.run(request.body(body.to_string()).unwrap()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{answer:?} {text}"));
        (answer.status().as_u16(), body)
    }

    /// Adds a video, and returns the code of the error if there is one.
    fn add(&self, path: &str) -> Option<String> {
        let answer = self.post(&json!({ "query": ADD, "variables": { "input": input(path) } })).1;
        answer["errors"][0]["extensions"]["code"].as_str().map(str::to_owned)
    }

    fn count(&self) -> serde_json::Value {
        self.post(&json!({ "query": COUNT })).1["data"]["videos"]["totalCount"].clone()
    }
}

/// Waits for this.
#[track_caller]
fn until(is_so: impl Fn() -> bool, otherwise: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{otherwise}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
#[cfg_attr(not(all(postgres, haproxy)), ignore = "needs PostgreSQL 15 and HAProxy")]
fn the_cluster_fails_over_by_the_commands_of_its_text() {
    let cluster = Cluster::set_up();
    cluster.wait_for_replica("pg2");
    assert_eq!(cluster.add("/before.mkv"), None);
    cluster.machines.run("pg1", &commands("**1. Keep `pg1` away.**"));
    cluster.wait_for_readiness(503);
    assert_eq!(cluster.count(), 1, "the replica answers queries");
    assert_eq!(cluster.add("/lost.mkv").as_deref(), Some("SERVICE_UNAVAILABLE"));
    cluster.machines.run("pg2", &commands("**2. Promote `pg2`.**"));
    cluster.wait_for_readiness(200);
    until(|| cluster.add("/after.mkv").is_none(), "nothing can be changed");
    assert_eq!(cluster.count(), 2);
    cluster.machines.run("pg1", &commands("**4. Make `pg1` the replica**"));
    cluster.wait_for_replica("pg1");
    assert_eq!(cluster.add("/again.mkv"), None);
    assert_eq!(cluster.count(), 3);
}

#[test]
#[cfg_attr(not(all(postgres, haproxy)), ignore = "needs PostgreSQL 15 and HAProxy")]
fn a_primary_that_was_killed_is_rewound_by_the_commands_of_the_text() {
    let cluster = Cluster::set_up();
    cluster.wait_for_replica("pg2");
    assert_eq!(cluster.add("/before.mkv"), None);
    cluster.machines.run("pg2", "psql --command='SELECT pg_promote()'");
    // The balancer still leads to the first, which goes on alone.
    assert_eq!(cluster.add("/lost.mkv"), None);
    cluster.machines.run("pg1", "pg_ctl -D $DATA -m immediate stop");
    cluster.wait_for_readiness(200);
    until(|| cluster.add("/after.mkv").is_none(), "nothing can be changed");
    assert_eq!(cluster.count(), 2);
    cluster.machines.run("pg2", "psql --command=CHECKPOINT");
    cluster.machines.run("pg1", &commands("copying only what differs is faster."));
    cluster.wait_for_replica("pg1");
    assert_eq!(cluster.add("/again.mkv"), None);
    assert_eq!(cluster.count(), 3);
    let lost = "psql films -Atc \"SELECT count(*) FROM videos WHERE path = '/lost.mkv'\"";
    assert_eq!(cluster.machines.run("pg1", lost).stdout, "0\n");
}

#[test]
#[cfg_attr(not(all(haproxy, openssl)), ignore = "needs HAProxy and OpenSSL")]
fn haproxy_takes_the_example_without_a_warning() {
    let folder = Folder::new();
    let [certificate, key, file] =
        ["films.pem", "key.pem", "haproxy.cfg"].map(|it| folder.path(it));
    let mut make = Command::new("openssl");
    make.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    make.args(["-nodes", "-days", "2", "-subj", "/CN=films.example"]);
    make.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
    Finished::run(make).with_code(0);
    let both = [&certificate, &key].map(|file| fs::read_to_string(file).unwrap()).concat();
    fs::write(&certificate, both).unwrap();
    let configuration = example("haproxy.cfg");
    let shown = certificate.display().to_string();
    assert!(configuration.contains(CLIENTS));
    fs::write(&file, configuration.replace("/etc/ssl/films.example.pem", &shown)).unwrap();
    let mut check = Command::new("haproxy");
    check.arg("-c").arg("-f").arg(file);
    let checked = Finished::run(check).with_code(0);
    assert!(!(checked.stdout.clone() + &checked.stderr).contains("WARNING"), "{checked}");
}

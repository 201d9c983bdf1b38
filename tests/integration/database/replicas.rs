//! Servers that read queries from replicas.

use super::Library;
use crate::support::binary::Finished;
use crate::support::postgres::block_on;
use crate::support::replica::Replicated;

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_server_reads_queries_from_the_replica_that_it_is_given() {
    let servers = block_on(Replicated::start());
    let library = Library::at(servers.primary());
    let server = library.serve(&["--read-database-url", &servers.replica(), "--metrics", "main"]);
    server.wait_for_log("reading queries from this replica");
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], 0, "{server}");
    let metrics = server.get("/metrics").body;
    let counted =
        |line: &str| line.starts_with("reelgraph_replica_queries") && line.ends_with(" 1");
    assert!(metrics.lines().any(counted), "{metrics}");
}

#[test]
fn the_url_of_a_replica_that_is_not_one_is_explained_without_its_password() {
    let library = Library::at("postgres://lucy@127.0.0.1:1/films".to_owned());
    for command in ["serve", "config"] {
        let replica = "postgres://lucy:1/tr0ub4dor@host/films";
        let refused = library.run(&[command, "--read-database-url", replica]).with_code(1);
        assert!(refused.stderr.contains("--read-database-url: "), "{refused}");
        assert!(refused.stderr.contains("is not valid"), "{refused}");
        assert!(!(refused.stdout.clone() + &refused.stderr).contains("tr0ub4dor"), "{refused}");
    }
}

#[test]
fn urls_of_replicas_can_be_repeated_or_separated_by_commas() {
    let library = Library::at("postgres://lucy@127.0.0.1:1/films".to_owned());
    let urls = ["a", "b", "c"].map(|host| format!("postgres://lucy@{host}/films"));
    let two = urls[1..].join(",");
    let shown =
        library.run(&["config", "--read-database-url", &urls[0], "--read-database-url", &two]);
    let expected = format!("read-database-url = {urls:?}");
    assert!(shown.stdout.contains(&expected), "{expected}\n{shown}");
    let mut command = library.command(&["config"]);
    command.env("REELGRAPH_READ_DATABASE_URL", urls.join(","));
    let shown = Finished::run(command).with_code(0);
    assert!(shown.stdout.contains(&expected), "{expected}\n{shown}");
}

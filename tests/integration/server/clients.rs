//! The clients that people use, as the documents show them.

use std::path::Path;
use std::thread;

use crate::support::binary::{PATIENCE, Server};
use crate::support::node::node;

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn every_recipe_follows_the_changes() {
    let server = Server::start(&[]);
    let followed = node("graphql-clients", &["events.mjs", &server.url("/graphql")]).with_code(0);
    assert_eq!(followed.stdout.lines().count(), 4, "{followed}");
}

/// Waits until this many changes were made.
#[track_caller]
fn wait_for_changes(server: &Server, count: i64) {
    let begun = std::time::Instant::now();
    loop {
        let answer = server.ask("{ auditEntries { totalCount } }");
        let made = answer.json()["data"]["auditEntries"]["totalCount"].as_i64();
        if made.is_some_and(|made| made >= count) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{made:?} of {count} changes\n{server}");
        thread::yield_now();
    }
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn every_recipe_survives_restarts_without_a_gap_or_a_repeat() {
    let folder = tempfile::tempdir().unwrap();
    let library = format!("--database-url=sqlite:{}", folder.path().join("r.db").display());
    let mut server = Server::start(&[&library]);
    let url = server.url("/graphql");
    let listen = url.replace("http://", "--listen=").replace("/graphql", "");
    let following = thread::spawn(move || node("graphql-clients", &["restarts.mjs", &url]));
    for (signal, changes) in [("TERM", 100), ("KILL", 300)] {
        wait_for_changes(&server, changes);
        server.signal(signal);
        server.finish();
        server = Server::start(&[&library, &listen]);
    }
    let followed = following.join().unwrap().with_code(0);
    assert_eq!(followed.stdout, "12 subscribers got 601 changes each\n", "{followed}\n{server}");
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn two_lists_in_one_cache_miss_no_change_while_answers_are_late() {
    let server = Server::start(&[]);
    let kept = node("graphql-clients", &["lists.mjs", &server.url("/graphql")]).with_code(0);
    assert_eq!(kept.stdout.lines().count(), 2, "{kept}");
}

#[test]
fn the_documents_show_the_recipes_as_they_are_tested() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (document, name) in [
        ("subscriptions", "feed"),
        ("subscriptions", "graphql-ws"),
        ("subscriptions", "graphql-sse"),
        ("subscriptions", "apollo"),
        ("subscriptions", "urql"),
        ("subscriptions", "apollo-list"),
        ("requests", "apollo-persisted"),
    ] {
        let document = std::fs::read_to_string(root.join(format!("docs/{document}.md"))).unwrap();
        let file = format!("tests/graphql-clients/recipes/{name}.mjs");
        let recipe = std::fs::read_to_string(root.join(&file)).unwrap();
        assert!(
            document.contains(&format!("```js\n{recipe}```\n")),
            "{file} is not as it is shown"
        );
    }
}

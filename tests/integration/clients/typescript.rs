//! The clients in TypeScript.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::{Library, folder, hold_to_the_document};
use crate::support::binary::Finished;
use crate::support::node::npm_run;

const FOLDER: &str = "graphql-clients/typescript";

/// Generates the types and compiles all clients, once.
#[track_caller]
fn compile() {
    static COMPILED: OnceLock<()> = OnceLock::new();
    COMPILED.get_or_init(|| {
        // As their documentation has it, they ask a server for the schema.
        let library = Library::new();
        let url = library.server.url("/graphql");
        npm_run(FOLDER, "generate", &[("API_URL", &url), ("API_KEY", &library.key)]);
        npm_run(FOLDER, "compile", &[]);
    });
}

#[track_caller]
fn check(arguments: &[&str]) {
    compile();
    let mut node = Command::new("node");
    node.current_dir(folder("typescript")).args(arguments);
    hold_to_the_document(&Library::new(), node);
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn graphql_codegen_with_fetch() {
    check(&["built/check.js", "fetch"]);
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn gql_tada() {
    check(&["built/check.js", "tada"]);
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn relay() {
    check(&["built/relay.mjs"]);
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn relay_keeps_the_past_and_the_present_of_a_video_apart() {
    compile();
    let library = Library::new();
    let film = library.ask(r#"{ videoByPath(path: "/others/00.mkv") { id } }"#, &Value::Null);
    let mut node = Command::new("node");
    node.current_dir(folder("typescript"));
    node.args(["built/relay-past.mjs", film["videoByPath"]["id"].as_str().unwrap()]);
    library.open_to(&mut node, &library.server.url("/graphql"));
    Finished::run(node).with_code(0);
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn apollo_client() {
    check(&["built/check.js", "apollo"]);
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn urql_with_graphcache() {
    check(&["built/check.js", "urql"]);
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn tanstack_query_with_graphql_request() {
    check(&["built/check.js", "tanstack"]);
}

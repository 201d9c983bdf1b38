//! The log as the API lists it.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::Change;
use crate::support::binary::PATIENCE;

const ENTRIES: &str = "query($after: String) { auditEntries(first: 100, after: $after) {
    nodes { id requestId } pageInfo { endCursor hasNextPage } } }";

/// What a server answers.
#[track_caller]
fn ask(server: SocketAddr, query: &str, variables: &Value) -> Value {
    post(server, &json!({ "query": query, "variables": variables }))
}

/// What a server answers to these parameters.
#[track_caller]
pub fn post(server: SocketAddr, parameters: &Value) -> Value {
    let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).build();
    let request = config.new_agent().post(format!("http://{server}/graphql"));
    let answer = request.header("content-type", "application/json").send(parameters.to_string());
    answer.unwrap().body_mut().read_json().unwrap()
}

/// The cursor from which everything follows that happens from now on.
#[track_caller]
pub fn cursor(server: SocketAddr) -> String {
    let answer = ask(server, "{ changesCursor }", &json!({}));
    answer["data"]["changesCursor"].as_str().unwrap().to_owned()
}

/// All changes, oldest first.
#[track_caller]
pub fn entries(server: SocketAddr) -> Vec<Change> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let answer = ask(server, ENTRIES, &json!({ "after": after }));
        let page = &answer["data"]["auditEntries"];
        let nodes = page["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
        all.extend(nodes.iter().map(Change::of));
        if page["pageInfo"]["hasNextPage"] == false {
            all.reverse();
            return all;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

impl Change {
    /// The change of an audit entry with its ID and that of its request.
    pub fn of(entry: &Value) -> Self {
        let text =
            |name: &str| entry[name].as_str().unwrap_or_else(|| panic!("{entry}")).to_owned();
        Self { id: text("id"), request: text("requestId") }
    }
}

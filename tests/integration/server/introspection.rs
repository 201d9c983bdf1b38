//! The schema as code generators and explorers ask for it.

use crate::support::binary::Server;
use crate::support::node::node;

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was missing when this was built")]
fn the_reference_reads_the_schema_with_each_combination_of_its_options() {
    let server = Server::start(&[]);
    let asked = node("graphql-js", &["introspection.mjs", &server.url("/graphql")]).with_code(0);
    for version in ["graphql-js 16.", "graphql-js 17."] {
        assert!(asked.stdout.contains(version), "{asked}");
    }
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was missing when this was built")]
fn clients_read_the_schema_by_themselves() {
    let server = Server::start(&[]);
    let asked = node("graphql-clients", &["introspection.mjs", &server.url("/graphql")]);
    let asked = asked.with_code(0);
    for client in ["Apollo Client", "urql", "ra-data-graphql"] {
        assert!(asked.stdout.contains(&format!("{client} knows ")), "{asked}");
    }
}

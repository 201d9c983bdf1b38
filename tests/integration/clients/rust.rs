//! The clients in Rust.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::{Library, folder, hold_to_the_document, write_schema};
use crate::support::binary::{Finished, PATIENCE};

const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/rust-clients");

/// Takes the description of the schema away.
const SED: &str = r#"s/"[^"\n]*"\nschema {/schema {/"#;

/// Builds them, once, apart from the server.
#[track_caller]
fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        write_schema("rust");
        // As the document says: graphql_client cannot parse the description of the schema itself.
        let mut sed = Command::new("sed");
        sed.args(["-i", "-z", SED, "schema.graphql"]).current_dir(folder("rust"));
        Finished::run(sed).with_code(0);
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "--quiet", "--target-dir", TARGET]);
        // Nobody waits for these: optimising them would take longer than running them.
        cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").current_dir(folder("rust"));
        Finished::run_within(PATIENCE * 20, cargo).with_code(0);
    });
}

#[track_caller]
fn check(client: &str) {
    build();
    let mut command = Command::new(Path::new(TARGET).join("debug/reelgraph-rust-clients"));
    command.arg(client);
    hold_to_the_document(&Library::new(), command);
}

#[test]
#[ignore = "builds crates that the server does not need; runs in CI"]
fn graphql_client() {
    check("graphql_client");
}

#[test]
#[ignore = "builds crates that the server does not need; runs in CI"]
fn cynic() {
    check("cynic");
}

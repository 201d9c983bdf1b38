//! The clients in Rust.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::{Library, folder, hold_to_the_document, write_schema};
use crate::support::binary::{Finished, PATIENCE};

const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/rust-clients");

/// Takes the description of the schema away.
const EDIT: &str = r#"s/"[^"\n]*"\nschema \{/schema {/"#;

/// Builds them, once, apart from the server.
#[track_caller]
fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        write_schema("rust");
        // As the document says: graphql_client cannot parse the description of the schema itself.
        let mut perl = Command::new("perl");
        perl.args(["-i", "-0pe", EDIT, "schema.graphql"]).current_dir(folder("rust"));
        Finished::run(perl).with_code(0);
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "--quiet", "--target-dir", TARGET]);
        // Nobody waits for these: optimising them would take longer than running them.
        cargo.env("CARGO_PROFILE_DEV_OPT_LEVEL", "0").current_dir(folder("rust"));
        Finished::run_within(PATIENCE * 20, cargo).with_code(0);
    });
}

#[test]
fn the_document_edits_the_schema_as_the_tests_do() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(root.join("docs/clients.md")).unwrap();
    let line = format!("reelgraph schema | perl -0pe '{EDIT}' > schema.graphql");
    assert!(document.contains(&line), "{line}");
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

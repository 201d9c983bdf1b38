//! The package `clients/typescript`: its own tests, and a program that uses it.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::{Library, hold_to_the_document};
use crate::support::node::npm_run;

/// Seen from `tests`.
const FOLDER: &str = "../clients/typescript";

/// Builds it, once for all tests that run at the same time.
#[track_caller]
pub fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| npm_run(FOLDER, "build", &[]));
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn the_package_builds_passes_its_tests_and_follows_a_library() {
    build();
    npm_run(FOLDER, "test", &[]);
    let mut node = Command::new("node");
    node.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/typescript"));
    node.arg("built/test/check.js");
    hold_to_the_document(&Library::new(), node);
}

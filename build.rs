//! What the build depends on beside the code.

use std::process::{Command, Stdio};

fn main() {
    // `sqlx::migrate!` puts the migrations into the program.
    println!("cargo::rerun-if-changed=migrations");

    // A test needs Node.js. It is to show as ignored where there is none, and a test cannot say so
    // while it runs.
    println!("cargo::rustc-check-cfg=cfg(node)");
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    if node.is_ok_and(|status| status.success()) {
        println!("cargo::rustc-cfg=node");
    }
}

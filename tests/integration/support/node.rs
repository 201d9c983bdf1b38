//! Running scripts with Node.js.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use super::binary::{Finished, PATIENCE};

/// Runs a script of a folder below `tests`, whose packages are installed where they are missing or old.
#[track_caller]
pub fn node(folder: &str, arguments: &[&str]) -> Finished {
    node_with(folder, arguments, &[])
}

/// The same with these environment variables.
#[track_caller]
pub fn node_with(folder: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    install(&folder);
    let mut node = Command::new("node");
    node.args(arguments).current_dir(folder).envs(variables.iter().copied());
    // It consists of many steps, each of which has a limit of its own.
    Finished::run_within(PATIENCE * 10, node)
}

/// Runs a script that `package.json` of a folder below `tests` names.
#[track_caller]
pub fn npm_run(folder: &str, script: &str, variables: &[(&str, &str)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    install(&folder);
    let mut npm = Command::new("npm");
    npm.args(["run", script]).current_dir(folder).envs(variables.iter().copied());
    Finished::run_within(PATIENCE * 10, npm).with_code(0);
}

/// Installs the packages of a folder, once for all tests that run at the same time, and again when
/// other versions are wanted.
#[track_caller]
fn install(folder: &Path) {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _alone = INSTALLING.lock();
    let changed = |path: &str| folder.join(path).metadata().and_then(|it| it.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_none() || installed < changed("package-lock.json") {
        let mut npm = Command::new("npm");
        npm.arg("ci").current_dir(folder);
        // They come from the registry.
        Finished::run_within(PATIENCE * 10, npm).with_code(0);
    }
}

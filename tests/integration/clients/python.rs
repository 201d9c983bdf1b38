//! The clients in Python.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use super::{Library, hold_to_the_document, write_schema};
use crate::support::binary::{Finished, PATIENCE};

const FOLDER: &str = "python";

/// Where the programs of an environment with these requirements are, each one below `tests`.
#[track_caller]
fn installed(name: &str) -> PathBuf {
    let requirements = super::folder(FOLDER).join(format!("{name}.txt"));
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{name}"));
    let programs = environment.join("bin");
    let record = environment.join("requirements.txt");
    let wanted = fs::read(&requirements).unwrap();
    if fs::read(&record).ok().as_ref() != Some(&wanted) {
        let mut create = Command::new("python3");
        run(create.args(["-m", "venv", "--clear"]).arg(&environment));
        let mut install = Command::new(programs.join("pip"));
        run(install
            .args(["install", "--quiet", "--require-hashes", "--requirement"])
            .arg(&requirements));
        fs::write(record, wanted).unwrap();
    }
    programs
}

/// Runs a command in the folder of the clients.
#[track_caller]
fn run(command: &mut Command) {
    let mut owned = Command::new(command.get_program());
    owned.args(command.get_args()).current_dir(super::folder(FOLDER));
    // Packages come from the registry.
    Finished::run_within(PATIENCE * 10, owned).with_code(0);
}

/// Checks the types of these two files, and runs the second one.
#[track_caller]
fn check(programs: &Path, client: &str, script: &str) {
    run(Command::new(programs.join("mypy")).args(["--strict", client, script]));
    let mut python = Command::new(programs.join("python"));
    python.arg(script).current_dir(super::folder(FOLDER));
    hold_to_the_document(&Library::new(), python);
}

#[test]
#[ignore = "installs packages of Python; runs in CI"]
fn gql() {
    check(&installed("gql"), "gql_client.py", "check_gql.py");
}

#[test]
#[ignore = "installs packages of Python; runs in CI"]
fn ariadne_codegen() {
    let programs = installed("ariadne");
    write_schema(FOLDER);
    run(&mut Command::new(programs.join("ariadne-codegen")));
    check(&programs, "ariadne_client.py", "check_ariadne.py");
}

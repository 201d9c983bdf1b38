//! What is said about the program where Cargo does not look: the examples of how it is deployed, and
//! the documents. Every command line, flag and variable in them is one that the program has.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use reelgraph::command::{command_line, settings};

/// Variables of the build and of the tests, which are no settings.
const OTHER_VARIABLES: &[&str] = &["REELGRAPH_BENCH_", "REELGRAPH_BUILD_", "REELGRAPH_TEST_"];

/// Flags of other programs that documents name.
const OTHER_FLAGS: &[&str] = &["--release"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files with this ending in these folders, with their text.
fn files(folders: &[&str], ending: &str) -> Vec<(PathBuf, String)> {
    let entries = folders.iter().flat_map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let paths = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() && path.to_string_lossy().ends_with(ending));
    let files: Vec<_> =
        paths.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect();
    assert!(!files.is_empty());
    files
}

fn all_files() -> Vec<(PathBuf, String)> {
    let mut files =
        [files(&["deploy", "deploy/cluster"], ""), files(&[".", "docs"], ".md")].concat();
    files.retain(|(path, _)| !path.ends_with("settings.md"));
    files
}

/// The longest words that begin with `prefix` and have nothing but these characters.
fn words<'t>(text: &'t str, prefix: &str, is_part: fn(char) -> bool) -> Vec<&'t str> {
    let starts = text.match_indices(prefix).filter(|(at, _)| !text[..*at].ends_with(is_part));
    starts.map(|(at, _)| text[at..].split(|c| !is_part(c)).next().unwrap()).collect()
}

#[test]
fn every_variable_is_one_of_a_setting() {
    let settings = settings();
    for (path, text) in all_files() {
        for name in words(&text, "REELGRAPH_", |c| c.is_ascii_uppercase() || c == '_') {
            let is_known = name == "REELGRAPH_CONFIG"
                || settings.iter().any(|setting| setting.variable() == name)
                || OTHER_VARIABLES.iter().any(|prefix| name.starts_with(prefix));
            assert!(is_known, "{} names {name}", path.display());
        }
    }
}

#[test]
fn every_flag_in_a_document_is_one_of_a_command() {
    let known = flags(&command_line());
    for (path, text) in files(&[".", "docs", "deploy/cluster"], ".md") {
        for quoted in text.split('`').skip(1).step_by(2) {
            let name = quoted.split([' ', '=']).next().unwrap();
            if name.starts_with("--") && !OTHER_FLAGS.contains(&name) {
                assert!(known.contains(&name.to_owned()), "{} names {name}", path.display());
            }
        }
    }
}

fn flags(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(|argument| argument.get_long());
    let mut all: Vec<String> = own.map(|name| format!("--{name}")).collect();
    all.extend(command.get_subcommands().flat_map(flags));
    all
}

#[test]
fn every_command_line_is_one_that_the_program_takes() {
    let mut found = 0;
    for (path, text) in all_files() {
        let lines = text.lines().filter_map(|line| {
            let service = line.strip_prefix("ExecStart=");
            let line = service.map_or(line, |line| line.rsplit("exec ").next().unwrap());
            let line = line.trim_start_matches("/usr/local/bin/");
            let line = line.split(['|', '>']).next().unwrap();
            line.starts_with("reelgraph ").then_some(line)
        });
        for line in lines {
            // Whatever the shell makes of what is in quotes, it is one word.
            let mut words: Vec<&str> = line.split('"').next().unwrap().split_whitespace().collect();
            words.extend(line.contains('"').then_some("quoted"));
            found += 1;
            if let Err(error) = command_line().try_get_matches_from(words) {
                panic!("{} has {line}\n{error}", path.display());
            }
        }
    }
    assert!(found >= 5, "only {found} were found");
}

/// What a unit has for a key.
fn value<'t>(unit: &'t str, key: &str) -> &'t str {
    unit.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("no {key}"))
}

#[test]
fn a_backup_is_kept_apart_from_the_library_and_its_failure_is_reported() {
    let read = |name: &str| fs::read_to_string(root().join("deploy").join(name)).unwrap();
    let backup = read("reelgraph-backup.service");
    assert!(read(value(&backup, "OnFailure=")).contains("ExecStart="));
    let library = value(&backup, "Environment=REELGRAPH_DATABASE_URL=sqlite:");
    let library = Path::new(library).parent().unwrap();
    let file = value(&backup, "ExecStart=").split('"').nth(1).unwrap();
    let copies = Path::new(file).parent().unwrap();
    assert!(!copies.starts_with(library), "{copies:?}");
    let folders = value(&backup, "StateDirectory=").split(' ');
    assert!(folders.clone().any(|name| Path::new("/var/lib").join(name) == copies));
    assert!(value(&backup, "ExecStartPost=").contains(&format!("find {} ", copies.display())));
}

/// systemd knows every line, once the program is where the unit says.
#[cfg_attr(not(systemd_analyze), ignore = "needs systemd-analyze")]
#[test]
fn systemd_takes_the_units() {
    let folder = tempfile::tempdir().unwrap();
    let mut verify = std::process::Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]);
    for (path, text) in files(&["deploy"], "").into_iter().filter(|(path, _)| {
        path.extension().is_some_and(|extension| extension == "service" || extension == "timer")
    }) {
        let unit = folder.path().join(path.file_name().unwrap());
        let program = env!("CARGO_BIN_EXE_reelgraph");
        fs::write(&unit, text.replace("/usr/local/bin/reelgraph", program)).unwrap();
        verify.arg(unit);
    }
    let output = verify.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

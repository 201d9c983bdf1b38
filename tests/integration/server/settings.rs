//! Settings from flags, the environment and the settings file, and which of them counts.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::support::binary::{Finished, Server, reelgraph};

/// A settings file of one test.
struct Settings(TempDir);

impl Settings {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("reelgraph.toml"), text).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("reelgraph.toml")
    }

    /// What `reelgraph config` prints with these arguments and variables beside the file.
    fn config(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
        let mut command = reelgraph(&["config", "--config", self.path().to_str().unwrap()]);
        command.args(arguments).envs(variables.iter().copied());
        Finished::run(command)
    }

    /// The line in which `config` tells of this setting, with its runs of spaces cut short.
    #[track_caller]
    fn line(&self, key: &str, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let printed = self.config(arguments, variables).with_code(0);
        let is_own = |line: &&str| line.trim_start_matches("# ").starts_with(&format!("{key} ="));
        let line = printed.stdout.lines().find(is_own).unwrap_or_else(|| panic!("{printed}"));
        let words: Vec<&str> = line.split_whitespace().collect();
        words.join(" ").replace(self.0.path().to_str().unwrap(), "")
    }
}

#[test]
fn a_flag_goes_before_a_variable_before_the_file_before_the_default() {
    let file = Settings::new("log-level = \"warn\"\n\nstop-seconds = 7\n");
    let none = Settings::new("");
    let variable = &[("REELGRAPH_STOP_SECONDS", "8")][..];
    let flag = &["--stop-seconds=9"][..];
    assert_eq!(none.line("stop-seconds", &[], &[]), "# stop-seconds = 10 # default");
    assert_eq!(file.line("stop-seconds", &[], &[]), "stop-seconds = 7 # /reelgraph.toml:3");
    assert_eq!(
        file.line("stop-seconds", &[], variable),
        "stop-seconds = 8 # REELGRAPH_STOP_SECONDS"
    );
    assert_eq!(file.line("stop-seconds", flag, variable), "stop-seconds = 9 # --stop-seconds");
    assert_eq!(file.line("log-level", flag, variable), "log-level = \"warn\" # /reelgraph.toml:1");
}

#[test]
fn switches_and_lists_are_layered_as_well() {
    let file = Settings::new("sample = false\nallowed-origins = [\"http://a\", \"http://b\"]\n");
    assert_eq!(file.line("sample", &[], &[]), "sample = false # /reelgraph.toml:1");
    assert_eq!(file.line("sample", &["--sample"], &[]), "sample = true # --sample");
    let origins = "allowed-origins = [\"http://a\", \"http://b\"] # /reelgraph.toml:2";
    assert_eq!(file.line("allowed-origins", &[], &[]), origins);
    let variable = ("REELGRAPH_ALLOWED_ORIGINS", "http://c,http://d");
    assert_eq!(
        file.line("allowed-origins", &[], &[variable]),
        "allowed-origins = [\"http://c\", \"http://d\"] # REELGRAPH_ALLOWED_ORIGINS"
    );
}

#[test]
fn what_config_prints_is_a_settings_file_that_says_the_same() {
    let file = Settings::new("on-conflict = \"skip\"\nsample = true\nstop-seconds = 7\n");
    let printed = file.config(&["--listen", "[::1]:80"], &[]).with_code(0).stdout;
    let again = Settings::new(&printed);
    let values = |text: &str| -> Vec<String> {
        let values = text.lines().map(|line| line.rsplit_once(" # ").map_or(line, |(l, _)| l));
        values.map(|line| line.trim_end().to_owned()).collect()
    };
    assert_eq!(values(&again.config(&[], &[]).with_code(0).stdout), values(&printed));
}

#[test]
fn a_server_takes_its_settings_from_the_file_that_a_variable_names() {
    let file = Settings::new("sample = true\nmax-body-bytes = 1024\n");
    let mut command = reelgraph(&["serve"]);
    command.env("REELGRAPH_CONFIG", file.path()).env("REELGRAPH_LISTEN", "127.0.0.1:0");
    let server = Server::spawn(command);
    let answer = server.ask("{ videos { totalCount } }");
    assert_eq!(answer.json()["data"]["videos"]["totalCount"], 1000, "{answer}");
    let answer = server.ask(&format!("{{ {} __typename }}", " ".repeat(1024)));
    assert_eq!(answer.status, 413, "{answer}");
}

#[test]
fn every_command_takes_its_own_settings_from_the_file_and_leaves_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("a.db");
    let file = Settings::new(&format!(
        "database-url = \"sqlite:{}\"\non-conflict = \"skip\"\nlisten = \"127.0.0.1:1\"\n",
        library.display()
    ));
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");
    let config = file.path();
    let config = config.to_str().unwrap();
    for (arguments, said) in [
        (&["import", "--config", config, "--", sample][..], "1000 added"),
        (&["export", "--config", config, folder.path().join("a").to_str().unwrap()], "1000 videos"),
        (&["check", "--config", config], ""),
        (&["schema", "--config", config], ""),
    ] {
        Finished::run(reelgraph(arguments)).with_code(0).saying(said);
    }
}

#[test]
fn what_is_wrong_with_the_file_stops_the_start_and_is_told() {
    let file = Settings::new("max-body-bytes = 1\nno-such = 2\n[limits]\n");
    let place = file.path().display().to_string();
    let finished = file.config(&[], &[]).with_code(2);
    let finished = finished
        .saying(&format!("{place}:1: max-body-bytes: \"1\" is not allowed: 1 is not in 1024.."))
        .saying(&format!("{place}:2: no-such: unknown setting"))
        .saying(&format!("{place}:3: limits: tables are not supported"));
    assert_eq!(finished.stdout, "");
    // Also where the setting is another command's, and a flag says otherwise.
    let mut command = reelgraph(&["schema", "--config", &place]);
    command.env("REELGRAPH_MAX_BODY_BYTES", "4096");
    Finished::run(command).with_code(2).saying("max-body-bytes");

    let missing = place.replace("reelgraph.toml", "missing.toml");
    Finished::run(reelgraph(&["--config", &missing]))
        .with_code(2)
        .saying(&format!("could not read the settings file {missing}"));
}

#[test]
fn a_bad_flag_or_variable_is_told_although_the_file_says_better() {
    let file = Settings::new("stop-seconds = 7\n");
    file.config(&["--stop-seconds=-1"], &[]).with_code(2).saying("--stop-seconds");
    file.config(&[], &[("REELGRAPH_STOP_SECONDS", "x")]).with_code(2).saying("--stop-seconds");
    file.config(&["--stop-second", "1"], &[]).with_code(2).saying("--stop-second");
}

#[test]
fn help_and_version_need_no_settings_file() {
    for what in ["--help", "--version"] {
        let finished = Finished::run(reelgraph(&["--config", "/no/such/file", what]));
        finished.with_code(0);
    }
}

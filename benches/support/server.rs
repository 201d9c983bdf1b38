//! The program in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

/// Starts the program on a free port, with these arguments besides: the process, its address, and the
/// lines of its log from then on. They must be read, or the log has no room.
pub fn listening(arguments: &[&str]) -> (Child, String, impl Iterator<Item = String> + use<>) {
    let mut process = Command::new(env!("CARGO_BIN_EXE_reelgraph"))
        .args(["serve", "--listen=127.0.0.1:0", "--log-format=json", "--log-level=info"])
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = lines(process.stderr.take().expect("a pipe"));
    let address = lines.by_ref().find_map(|line| {
        let line: Value = serde_json::from_str(&line).ok()?;
        (line["message"] == "listening").then(|| line["address"].as_str().map(str::to_owned))?
    });
    (process, address.expect("the server listens"), lines)
}

fn lines(log: ChildStderr) -> impl Iterator<Item = String> {
    BufReader::new(log).lines().map_while(Result::ok)
}

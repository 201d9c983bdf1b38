//! Starting the server as a shell does that has set something up before.

use std::process::Command;

use super::binary::reelgraph;

/// A server of a library in memory, started by a shell that does this before.
pub fn in_shell(before: &str, arguments: &[&str]) -> Command {
    let program = reelgraph(arguments);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{before}; exec \"$0\" \"$@\""));
    shell.arg(program.get_program()).args(program.get_args());
    for (name, _) in program.get_envs() {
        shell.env_remove(name);
    }
    shell.env("REELGRAPH_LISTEN", "127.0.0.1:0").env("REELGRAPH_DATABASE_URL", "memory:");
    shell
}

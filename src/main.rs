//! The `reelgraph` program.

use std::process::ExitCode;

use reelgraph::causes::with_causes;
use reelgraph::command::{CommandLine, Failure};
use reelgraph::telemetry::Telemetry;
use tokio::runtime;

/// The stack of each thread: several times what the most deeply nested request takes, in a build
/// without optimisations as well. What is not used of it takes no memory.
const STACK_BYTES: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    // On bad usage and bad settings this ends the program with code 2.
    let command_line = CommandLine::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    match run(command_line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run(command_line: CommandLine) -> Result<(), Failure> {
    let mut builder = runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().thread_stack_size(STACK_BYTES).build()?;
    let telemetry =
        Telemetry::start(&command_line.log, command_line.telemetry(), runtime.handle())?;
    let outcome = runtime.block_on(command_line.run());
    telemetry.stop();
    // Connections that a stop has cut off must not hold up the end of the process.
    runtime.shutdown_background();
    outcome
}

//! The `reelgraph` program.

use std::process::ExitCode;

use reelgraph::causes::with_causes;
use reelgraph::command::{CommandLine, Failure};
use reelgraph::telemetry::Telemetry;
use tokio::runtime::Runtime;

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
    let runtime = Runtime::new().expect("a process may start threads");
    let telemetry =
        Telemetry::start(&command_line.log, command_line.telemetry(), runtime.handle())?;
    let outcome = runtime.block_on(command_line.run());
    telemetry.stop();
    // Connections that a stop has cut off must not hold up the end of the process.
    runtime.shutdown_background();
    outcome
}

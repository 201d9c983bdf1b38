//! The `reelgraph` program.

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use reelgraph::command::CommandLine;
use reelgraph::telemetry;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    // On bad usage this ends the program with code 2.
    let command_line = CommandLine::parse();
    telemetry::start(&command_line.log);
    let runtime = Runtime::new().expect("a process may start threads");
    let outcome = runtime.block_on(command_line.run());
    // Connections that a stop has cut off must not hold up the end of the process.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

//! The `reelgraph` program.

#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;

use reelgraph::causes::with_causes;
use reelgraph::command::{CommandLine, Failure};
use reelgraph::telemetry::{Log, Telemetry};
use tokio::runtime;

/// The stack size of each thread: several times what the most deeply nested request needs, even
/// without optimisations. Unused stack takes no memory.
const STACK_BYTES: usize = 8 * 1024 * 1024;

fn main() -> ExitCode {
    // On bad usage and bad settings this ends the program with code 2.
    let command_line = match CommandLine::read(std::env::args_os()) {
        Ok(command_line) => command_line,
        Err(message) => return CommandLine::report(&message),
    };
    let log = match Log::start() {
        Ok(log) => log,
        Err(error) => {
            CommandLine::report_failure(&format!(
                "could not start the thread for the log: \
                                                  {error}"
            ));
            return ExitCode::FAILURE;
        }
    };
    let outcome = run(command_line, &log);
    if let Err(error) = &outcome {
        log.write_error(&with_causes(&**error));
    }
    log.finish();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn run(command_line: CommandLine, log: &Log) -> Result<(), Failure> {
    let mut builder = runtime::Builder::new_multi_thread();
    let runtime = builder.enable_all().thread_stack_size(STACK_BYTES).build()?;
    #[cfg(unix)]
    survive_file_size_limits(&runtime)?;
    let (settings, traced) = (&command_line.log, command_line.telemetry());
    let telemetry = Telemetry::start(log.clone(), settings, traced, runtime.handle())?;
    let outcome = runtime.block_on(command_line.run(log));
    telemetry.stop();
    // Connections that a stop has cut off must not hold up the end of the process.
    runtime.shutdown_background();
    outcome
}

/// Has a write beyond a limit for the size of files fail, as on a full disk. Otherwise a signal would
/// end the program.
#[cfg(unix)]
fn survive_file_size_limits(runtime: &runtime::Runtime) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let _context = runtime.enter();
    // Once there is a handler, it stays for as long as the process runs.
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(|_| ())
}

//! Standard output and standard error, either of which may be closed or full.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use super::unwritable;
use crate::command::Failure;

/// Writes all of this text to standard output.
///
/// # Errors
/// When it cannot be written.
pub(in crate::command) fn print(text: impl Display) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    let written = write!(output, "{text}").and_then(|()| output.flush());
    Ok(written.map_err(|error| unwritable(&"standard output", &error))?)
}

/// Writes a line to standard error. Where that fails there is nobody left to report it to.
pub(in crate::command) fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Ends the program with what clap has to say, such as help or what is wrong with an argument: with
/// 2 after bad usage, and with 1 where help was asked for and cannot be written.
pub(in crate::command) fn report(message: &clap::Error) -> ExitCode {
    let printed = message.print().and_then(|()| io::stdout().flush());
    match printed {
        Err(error) if !message.use_stderr() => {
            say(format_args!("error: {}", unwritable(&"standard output", &error)));
            ExitCode::FAILURE
        }
        _ => ExitCode::from(u8::try_from(message.exit_code()).unwrap_or(u8::MAX)),
    }
}

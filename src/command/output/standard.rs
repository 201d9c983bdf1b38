//! Standard output and standard error, either of which can be closed or full.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::command::Failure;

/// Writes all of the text to standard output.
///
/// # Errors
/// When it cannot be written.
pub(in crate::command) fn print(text: impl Display) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    let written = write!(output, "{text}").and_then(|()| output.flush());
    Ok(written.map_err(|error| unwritable(&"standard output", &error))?)
}

/// Writes a line to standard error. Failures are ignored, because there is nowhere to report them.
pub(in crate::command) fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Prints a message of clap, such as help or a usage error, and ends the program: with 2 for usage
/// errors, with 1 if help cannot be written.
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

/// The reason why a target could not be written, in the user's terms.
pub(in crate::command) fn unwritable(shown: &dyn Display, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("{shown} already exists: choose another file, or replace it with --force")
        }
        _ => format!("could not write {shown}: {error}"),
    }
}

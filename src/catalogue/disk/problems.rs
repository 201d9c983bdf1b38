//! What a failure of a disk means for a file or a folder.

use std::io;

use crate::domain::catalogue::{Problem, ProblemCode};

/// The problem of a file or folder that could not be looked at or read.
pub fn problem_of(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Problem::new(ProblemCode::PermissionDenied),
        io::ErrorKind::InvalidFilename => Problem::new(ProblemCode::NameTooLong),
        _ if is_loop(error) => Problem::new(ProblemCode::LinkNotFollowed),
        io::ErrorKind::TimedOut => Problem::new(ProblemCode::TimedOut),
        // The text of an error of the system has its words and its number, and no path.
        _ => Problem::reported(ProblemCode::ReadFailed, &error.to_string()),
    }
}

/// Whether an error says that there is nothing at a path. Every other error means that nobody knows.
pub fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether there is a link where none is followed, or links lead to each other.
pub fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

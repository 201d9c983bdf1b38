//! How commands fail.

use std::error::Error;

/// Why a command failed: its text is for the one who ran it.
pub type Failure = Box<dyn Error + Send + Sync>;

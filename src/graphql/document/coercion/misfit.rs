//! Values that do not fit, as clients are told of them.

use apollo_compiler::parser::SourceSpan;

use crate::error_code::ErrorCode;

/// The maximum number of errors reported to a client: the rest often follows from the first.
pub const MAX_ERRORS: usize = 10;

/// The code of nearly all these errors.
pub const CODE: ErrorCode = ErrorCode::BadUserInput;

/// A value that does not fit its type.
pub struct TypeMismatch {
    /// The code of its error.
    pub code: ErrorCode,
    /// The value's place, and why it does not fit there.
    pub message: String,
    /// Its location in the document; none in JSON.
    pub location: Option<SourceSpan>,
}

/// A text of the client's for a message, which must not grow with it.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

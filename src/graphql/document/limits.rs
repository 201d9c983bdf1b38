//! The limits of documents, and the errors for exceeding them.

use async_graphql::ServerError;

pub use crate::config::DocumentLimits;
use crate::error_code::ErrorCode;
use crate::graphql::error::extensions_with;

/// The maximum number of open brackets, and the maximum nesting depth of selections with fragments
/// expanded. Parsing, validating and resolving are recursive, on a stack of 2 MiB.
pub const MAX_NESTING: usize = 64;

/// The maximum number of variables in a document. Validation looks each usage of a variable up among
/// all of them.
pub const MAX_VARIABLES: usize = 2_000;

/// A limit that a document went beyond.
pub(super) struct LimitExceeded {
    /// The name of the setting.
    pub limit: &'static str,
    /// Its value.
    pub allowed: usize,
    /// What the document has: a clause that the limit completes.
    pub found: String,
    /// What to do.
    pub advice: &'static str,
}

impl LimitExceeded {
    /// Its error, with the code `DOCUMENT_TOO_LARGE`.
    pub fn too_large(self) -> ServerError {
        self.error(ErrorCode::DocumentTooLarge)
    }

    /// Its error, with the code `TOO_COSTLY`.
    pub fn too_costly(self) -> ServerError {
        self.error(ErrorCode::TooCostly)
    }

    fn error(self, code: ErrorCode) -> ServerError {
        let Self { limit, allowed, found, advice } = self;
        let message = format!("{found}; the maximum is {allowed} ({limit}): {advice}");
        let mut extensions = extensions_with(code);
        extensions.set("limit", limit);
        extensions.set("allowed", allowed);
        ServerError { extensions: Some(extensions), ..ServerError::new(message, None) }
    }
}

//! The limits of documents, and the errors for exceeding them.

use async_graphql::ServerError;

use crate::error_code::ErrorCode;
use crate::graphql::error::extensions_with;

/// The maximum number of open brackets, and the maximum nesting depth of selections with fragments
/// expanded. Parsing, validating and resolving are recursive, on a stack of 2 MiB.
pub const MAX_NESTING: usize = 64;

/// The limits of a document. Each is a setting of the server with the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLimits {
    /// Bytes.
    pub max_document_bytes: usize,
    /// Names, numbers, strings, marks and comments.
    pub max_tokens: usize,
    /// Fields below one another.
    pub max_depth: usize,
    /// Fields, those of a fragment counted wherever it is used.
    pub max_fields: usize,
    /// Aliases.
    pub max_aliases: usize,
    /// Directives.
    pub max_directives: usize,
    /// Fields in the response if every page is full.
    pub max_cost: usize,
    /// Conditions tested against rows, in all scans of a request.
    pub max_scan_tests: u64,
    /// Levels of a filter.
    pub max_filter_levels: usize,
    /// Conditions of a filter.
    pub max_filter_conditions: usize,
    /// The memory limit of the cache of validated documents.
    pub document_cache_bytes: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            max_document_bytes: 131_072,
            max_tokens: 10_000,
            max_depth: 30,
            max_fields: 5_000,
            max_aliases: 500,
            max_directives: 200,
            max_cost: 50_000,
            max_scan_tests: 500_000_000,
            max_filter_levels: 10,
            max_filter_conditions: 200,
            document_cache_bytes: 16_777_216,
        }
    }
}

/// A limit that a document went beyond.
pub(super) struct Excess {
    /// The name of the setting.
    pub limit: &'static str,
    /// Its value.
    pub allowed: usize,
    /// What the document has: a clause that the limit completes.
    pub found: String,
    /// What to do.
    pub advice: &'static str,
}

impl Excess {
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

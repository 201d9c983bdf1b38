//! How much a document may ask for, and what it is told when it asks for more.

use async_graphql::ServerError;

use crate::error_code::ErrorCode;
use crate::graphql::error::extensions_with;

/// How many brackets may be open at once, and how deep selections may nest once fragments are put
/// in. Parsing, validating and resolving call themselves for each level, on a stack of 2 MiB.
pub const MAX_NESTING: usize = 64;

/// What a document may have. Each is a setting of the server, by the same name.
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
    /// Fields that an answer may have, each page taken to be full.
    pub max_cost: usize,
    /// Tests of rows, each of a row against a condition, that all scans of a request may take.
    pub max_scan_tests: u64,
    /// Levels of a filter.
    pub max_filter_levels: usize,
    /// Conditions of a filter.
    pub max_filter_conditions: usize,
    /// How much memory documents may take that are kept for the next time.
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
    /// What it allows.
    pub allowed: usize,
    /// What the document has: a clause that goes on with what is allowed.
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

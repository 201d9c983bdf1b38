//! Limits on the size and cost of GraphQL documents.
//!
//! The defaults fit each other: 500 aliases of any ordinary query or mutation are within all of them
//! (`api::document_limits`).

use clap::Args;

use super::declaration::{Declaration as _, defaults};
use super::history::MomentLimits;

/// The limits of each GraphQL document.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(next_help_heading = "Documents")]
pub struct DocumentLimits {
    /// Maximum size of a document, in bytes
    #[arg(long, setting(), value_name = "BYTES", default_value_t = 262_144)]
    #[arg(within = 1024..=1_048_576_usize)]
    pub max_document_bytes: usize,

    /// Maximum number of tokens in a document: names, numbers, strings, punctuation and comments
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 40_000)]
    #[arg(within = 100..=100_000_usize)]
    pub max_tokens: usize,

    /// Maximum nesting depth of fields; GraphiQL needs 15
    #[arg(long, setting(), value_name = "LEVELS", default_value_t = 30, within = 1..=60_usize)]
    pub max_depth: usize,

    /// Maximum number of selected fields in a document, with fragments counted wherever they are
    /// used
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 25_000)]
    #[arg(within = 1..=50_000_usize)]
    pub max_fields: usize,

    /// Maximum number of aliases in a document
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 500)]
    #[arg(within = 0..=50_000_usize)]
    pub max_aliases: usize,

    /// Maximum number of directives in a document
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 200)]
    #[arg(within = 0..=50_000_usize)]
    pub max_directives: usize,

    /// Maximum cost of an operation: the number of fields in its response if every page is full
    #[arg(long, setting(), value_name = "FIELDS", default_value_t = 50_000)]
    #[arg(within = 1..=1_000_000_000_usize)]
    pub max_cost: usize,

    /// Maximum number of conditions tested against rows, in all scans of a request
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 500_000_000)]
    #[arg(within = 1..=1_000_000_000_000_u64)]
    pub max_scan_tests: u64,

    /// Maximum nesting depth of a filter
    #[arg(long, setting(), value_name = "LEVELS", default_value_t = 10, within = 1..=10_usize)]
    pub max_filter_levels: usize,

    /// Maximum number of conditions in a filter
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 200, within = 1..=200_usize)]
    pub max_filter_conditions: usize,

    /// Maximum number of records that one deleteMissingVideos deletes
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 10_000)]
    #[arg(within = 1..=100_000_usize)]
    pub max_missing_deletions: usize,

    #[expect(
        missing_docs,
        reason = "a doc comment here would replace the command's own in --help"
    )]
    #[command(flatten)]
    pub moments: MomentLimits,

    /// Memory limit of the cache of past moments, in bytes; 0 keeps none
    #[arg(long, setting(), value_name = "BYTES", default_value_t = 134_217_728)]
    #[arg(within = 0..=17_179_869_184_usize)]
    pub moment_cache_bytes: usize,

    /// Maximum number of videos that one updateVideos or deleteVideos changes
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 10_000)]
    #[arg(within = 1..=100_000_usize)]
    pub max_bulk: usize,

    /// Maximum number of videos that one undoRequest changes
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 20_000)]
    #[arg(within = 1..=100_000_usize)]
    pub max_undo: usize,

    /// Memory limit of the cache of validated documents, in bytes
    #[arg(long, setting(), value_name = "BYTES", default_value_t = 16_777_216)]
    #[arg(within = 1_048_576..=1_073_741_824_usize)]
    pub document_cache_bytes: usize,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        defaults()
    }
}

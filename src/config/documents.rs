//! Limits on the size and cost of GraphQL documents.

use clap::Args;
use clap::builder::RangedU64ValueParser;

/// The limits of each GraphQL document.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Documents")]
pub struct DocumentSettings {
    /// Maximum size of a document, in bytes: 1024 to 1048576
    #[arg(
        long,
        env = "REELGRAPH_MAX_DOCUMENT_BYTES",
        hide_env_values = true,
        value_name = "BYTES"
    )]
    #[arg(default_value = "131072")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1024..=1_048_576))]
    pub max_document_bytes: usize,

    /// Maximum number of tokens in a document (names, numbers, strings, punctuation and comments):
    /// 100 to 100000
    #[arg(long, env = "REELGRAPH_MAX_TOKENS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "10000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(100..=100_000))]
    pub max_tokens: usize,

    /// Maximum nesting depth of fields: 1 to 60; GraphiQL needs 15
    #[arg(long, env = "REELGRAPH_MAX_DEPTH", hide_env_values = true, value_name = "LEVELS")]
    #[arg(default_value = "30")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=60))]
    pub max_depth: usize,

    /// Maximum number of selected fields in a document, with fragments counted wherever they are
    /// used: 1 to 50000
    #[arg(long, env = "REELGRAPH_MAX_FIELDS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "5000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=50_000))]
    pub max_fields: usize,

    /// Maximum number of aliases in a document: 0 to 50000
    #[arg(long, env = "REELGRAPH_MAX_ALIASES", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "500")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(0..=50_000))]
    pub max_aliases: usize,

    /// Maximum number of directives in a document: 0 to 50000
    #[arg(long, env = "REELGRAPH_MAX_DIRECTIVES", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "200")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(0..=50_000))]
    pub max_directives: usize,

    /// Maximum cost of an operation: the number of fields in its response if every page is full: 1
    /// to 1000000000
    #[arg(long, env = "REELGRAPH_MAX_COST", hide_env_values = true, value_name = "FIELDS")]
    #[arg(default_value = "50000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000_000))]
    pub max_cost: usize,

    /// Maximum number of conditions tested against rows, in all scans of a request: 1 to
    /// 1000000000000
    #[arg(long, env = "REELGRAPH_MAX_SCAN_TESTS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "500000000")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    pub max_scan_tests: u64,

    /// Maximum nesting depth of a filter: 1 to 10
    #[arg(
        long,
        env = "REELGRAPH_MAX_FILTER_LEVELS",
        hide_env_values = true,
        value_name = "LEVELS"
    )]
    #[arg(default_value = "10")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=10))]
    pub max_filter_levels: usize,

    /// Maximum number of conditions in a filter: 1 to 200
    #[arg(long, env = "REELGRAPH_MAX_FILTER_CONDITIONS", hide_env_values = true)]
    #[arg(value_name = "COUNT", default_value = "200")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=200))]
    pub max_filter_conditions: usize,

    /// Memory limit of the cache of validated documents, in bytes: 1048576 to 1073741824
    #[arg(long, env = "REELGRAPH_DOCUMENT_CACHE_BYTES", hide_env_values = true)]
    #[arg(value_name = "BYTES", default_value = "16777216")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1_048_576..=1_073_741_824))]
    pub document_cache_bytes: usize,
}

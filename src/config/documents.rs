//! How large a GraphQL document may be, and how much it may ask for.

use clap::Args;
use clap::builder::RangedU64ValueParser;

/// The limits of each GraphQL document.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Documents")]
pub struct DocumentSettings {
    /// The longest document, in bytes: 1024 to 1048576
    #[arg(
        long,
        env = "REELGRAPH_MAX_DOCUMENT_BYTES",
        hide_env_values = true,
        value_name = "BYTES"
    )]
    #[arg(default_value = "131072")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1024..=1_048_576))]
    pub max_document_bytes: usize,

    /// How many tokens a document may have: names, numbers, strings, marks and comments; 100 to
    /// 100000
    #[arg(long, env = "REELGRAPH_MAX_TOKENS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "10000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(100..=100_000))]
    pub max_tokens: usize,

    /// How many fields may be below one another: 1 to 60; GraphiQL needs 15
    #[arg(long, env = "REELGRAPH_MAX_DEPTH", hide_env_values = true, value_name = "LEVELS")]
    #[arg(default_value = "30")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=60))]
    pub max_depth: usize,

    /// How many fields a document may select, those of a fragment counted wherever it is used: 1 to
    /// 50000
    #[arg(long, env = "REELGRAPH_MAX_FIELDS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "5000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=50_000))]
    pub max_fields: usize,

    /// How many aliases a document may have: 0 to 50000
    #[arg(long, env = "REELGRAPH_MAX_ALIASES", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "500")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(0..=50_000))]
    pub max_aliases: usize,

    /// How many directives a document may have: 0 to 50000
    #[arg(long, env = "REELGRAPH_MAX_DIRECTIVES", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "200")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(0..=50_000))]
    pub max_directives: usize,

    /// How many fields the answer to an operation may have, each page taken to be full: 1 to
    /// 1000000000
    #[arg(long, env = "REELGRAPH_MAX_COST", hide_env_values = true, value_name = "FIELDS")]
    #[arg(default_value = "50000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000_000))]
    pub max_cost: usize,

    /// Maximum number of tests of a row against a condition, in all scans of a request: 1 to
    /// 1000000000000
    #[arg(long, env = "REELGRAPH_MAX_SCAN_TESTS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "500000000")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1_000_000_000_000))]
    pub max_scan_tests: u64,

    /// How many levels the filter of a request may have: 1 to 10
    #[arg(
        long,
        env = "REELGRAPH_MAX_FILTER_LEVELS",
        hide_env_values = true,
        value_name = "LEVELS"
    )]
    #[arg(default_value = "10")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=10))]
    pub max_filter_levels: usize,

    /// How many conditions the filter of a request may have: 1 to 200
    #[arg(long, env = "REELGRAPH_MAX_FILTER_CONDITIONS", hide_env_values = true)]
    #[arg(value_name = "COUNT", default_value = "200")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=200))]
    pub max_filter_conditions: usize,

    /// How much memory documents may take that were validated and are kept for the next time, in
    /// bytes: 1048576 to 1073741824
    #[arg(long, env = "REELGRAPH_DOCUMENT_CACHE_BYTES", hide_env_values = true)]
    #[arg(value_name = "BYTES", default_value = "16777216")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1_048_576..=1_073_741_824))]
    pub document_cache_bytes: usize,
}

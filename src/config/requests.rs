//! What a request can be: a batch, or the ID of a document.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{BoolishValueParser, RangedU64ValueParser};

/// Which requests are accepted.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Requests")]
pub struct RequestSettings {
    /// Maximum number of requests in a batch; 0 disables batching: 0 to 10
    #[arg(long, env = "REELGRAPH_MAX_BATCH", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "0", value_parser = RangedU64ValueParser::<usize>::new().range(0..=10))]
    pub max_batch: usize,

    /// File of trusted documents, which clients can send by ID: a JSON object that maps IDs to
    /// documents, or an Apollo persisted query manifest
    #[arg(long, env = "REELGRAPH_DOCUMENTS", hide_env_values = true, value_name = "FILE")]
    pub documents: Option<PathBuf>,

    /// Execute only the documents in that file
    #[arg(long, env = "REELGRAPH_DOCUMENTS_ONLY", hide_env_values = true, requires = "documents")]
    #[arg(value_parser = BoolishValueParser::new())]
    pub documents_only: bool,

    /// Memory limit for automatic persisted queries, in bytes; 0 disables them: 0 to 1073741824
    #[arg(long, env = "REELGRAPH_MAX_AUTOMATIC_DOCUMENT_BYTES", hide_env_values = true)]
    #[arg(value_name = "BYTES", default_value = "8388608")]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=1_073_741_824))]
    pub max_automatic_document_bytes: u64,
}

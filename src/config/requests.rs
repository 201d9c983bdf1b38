//! What a request can be: a batch, or the ID of a document.

use std::path::PathBuf;

use clap::Args;

use super::declaration::{Declaration as _, defaults};

/// Which requests are accepted.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Requests")]
pub struct RequestSettings {
    /// Maximum number of requests in a batch; 0 disables batching
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 0, within = 0..=10_usize)]
    pub max_batch: usize,

    /// File of trusted documents, which clients can send by ID: a JSON object that maps IDs to
    /// documents, or an Apollo persisted query manifest
    #[arg(long, setting(), value_name = "FILE")]
    pub documents: Option<PathBuf>,

    /// Execute only the documents in that file
    #[arg(long, setting(), requires = "documents")]
    pub documents_only: bool,

    /// Memory limit for automatic persisted queries, in bytes; 0 disables them
    #[arg(long, setting(), value_name = "BYTES", default_value_t = 8_388_608)]
    #[arg(within = 0..=1_073_741_824_u64)]
    pub max_automatic_document_bytes: u64,
}

impl Default for RequestSettings {
    fn default() -> Self {
        defaults()
    }
}

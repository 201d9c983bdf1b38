//! `reelgraph migrate`: creates a database or brings it to this version, and does nothing else.

use std::io::{self, Write};

use super::Failure;
use crate::config::DatabaseSettings;

pub(super) async fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let repository = super::open(&settings.database_url).await?;
    repository.close().await;
    let url = &settings.database_url;
    Ok(writeln!(io::stdout(), "The library {url} is ready for this version.")?)
}

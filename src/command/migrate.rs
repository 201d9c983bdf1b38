//! `reelgraph migrate`: creates a database or brings it to this version, and does nothing else.

use super::Failure;
use super::library::{self, Work};
use super::output::print;
use crate::config::DatabaseSettings;

pub(super) async fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let repository = library::open(settings, Work::Migration).await?;
    repository.close().await?;
    let url = &settings.database_url;
    print(format_args!("The library {url} is ready for this version.\n"))
}

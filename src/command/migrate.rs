//! `reelgraph migrate`: creates a database or brings it to this version, and does nothing else.

use super::Failure;
use crate::config::DatabaseSettings;

pub(super) async fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let repository = super::open(&settings.database_url).await?;
    repository.close().await;
    println!("The library {} is ready for this version.", settings.database_url);
    Ok(())
}

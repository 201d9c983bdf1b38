//! `reelgraph migrate`: creates a database or brings it to this version, and does nothing else.

use super::output::print;
use super::{Failure, library};
use crate::config::DatabaseSettings;
use crate::repository::sqlite::SqliteSettings;

pub(super) async fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let repository = library::open(&settings.database_url, SqliteSettings::default()).await?;
    repository.close().await?;
    let url = &settings.database_url;
    print(format_args!("The library {url} is ready for this version.\n"))
}

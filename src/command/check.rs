//! `reelgraph check`: verifies that the library and its history agree.

use super::Failure;
use super::output::print;
use crate::config::DatabaseSettings;
use crate::domain::{AuditFilter, VideoFilter};
use crate::repository::{MAX_FAULTS, VideoRepository};

pub(super) async fn run(settings: &DatabaseSettings) -> Result<(), Failure> {
    let repository = super::open_existing(&settings.database_url).await?;
    let outcome = verify(&*repository).await;
    let closed = repository.close().await;
    outcome.and(closed.map_err(Failure::from))
}

async fn verify(repository: &dyn VideoRepository) -> Result<(), Failure> {
    let faults = repository.check().await?;
    if faults.is_empty() {
        let videos = repository.count(&VideoFilter::everything()).await?;
        let entries = repository.count_entries(&AuditFilter::default()).await?;
        return print(format_args!(
            "The library is sound: {videos} videos, {entries} audit entries.\n"
        ));
    }
    print(faults.join("\n") + "\n")?;
    let more = if faults.len() == MAX_FAULTS { " or more" } else { "" };
    let number = faults.len();
    let noun = if number == 1 { "fault" } else { "faults" };
    Err(format!("the library has {number}{more} {noun}").into())
}

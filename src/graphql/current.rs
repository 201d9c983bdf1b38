//! What decides the answer to a query besides the query, as it is now: for the tags of answers.

use std::sync::Arc;

use super::Api;
use super::document::{CheckedRequest, ReadsFrom};
use super::schema::catalogue_loaders::{RootNow, all_roots};
use super::schema::scope::Services;
use crate::domain::LogPosition;
use crate::domain::catalogue::{RootId, RootState};
use crate::media::AddressBook;
use crate::repository::RepositoryError;

/// How addresses are given at a moment; none if files and thumbnails are not served.
pub type AddressesNow = Option<Arc<AddressBook>>;

/// Library roots, files and scans as they are at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueNow {
    /// The revision of all that is kept of them.
    pub revision: i64,
    /// The revision in the copy of the library that is read, which can be behind. Filters and duplicates depend on
    /// the files there, and all else on those of the library.
    pub copied_revision: Option<i64>,
    /// The roots that cannot be reached, which also depends on the time.
    pub offline: Vec<RootId>,
    /// The roots in which a server notices what changes; it depends on the time as well.
    pub watched: Vec<RootId>,
}

impl Api {
    /// The end of the log where a query is read, which is decided now: its answer is not older.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn newest_for(
        &self,
        checked: &mut CheckedRequest,
    ) -> Result<LogPosition, RepositoryError> {
        self.decide(checked).await;
        if let ReadsFrom::Copy(copy) = &checked.reads_from {
            match copy.newest().await {
                Err(RepositoryError::Unavailable { .. }) => checked.reads_from = ReadsFrom::Library,
                read => return read,
            }
        }
        self.services.repository.newest().await
    }

    /// What decides what a query shows of library roots, files and scans, as it is now: its answer is not
    /// older. None if it shows nothing of them.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn catalogue_for(
        &self,
        checked: &CheckedRequest,
    ) -> Result<Option<CatalogueNow>, RepositoryError> {
        if !checked.shows_catalogue() {
            return Ok(None);
        }
        let copied_revision = match &checked.reads_from {
            ReadsFrom::Copy(copy) => Some(copy.catalogue().revision().await?),
            ReadsFrom::Library | ReadsFrom::Anywhere(_) => None,
        };
        let Services { repository, clock, .. } = &*self.services;
        let catalogue = repository.catalogue();
        let revision = catalogue.revision().await?;
        let roots = all_roots(&*catalogue, &**clock).await?;
        let which = |is_one: fn(&RootNow) -> bool| {
            roots.iter().filter(|now| is_one(now)).map(|now| now.root.id).collect()
        };
        let offline = which(|now| now.state != RootState::Online);
        let watched = which(|now| now.is_watched);
        Ok(Some(CatalogueNow { revision, copied_revision, offline, watched }))
    }

    /// What decides the addresses that a query shows, as it is now; none if it shows none.
    pub fn addresses_for(&self, checked: &CheckedRequest) -> Option<AddressesNow> {
        let now = || self.addresses.as_ref().map(|it| it.at(self.services.clock.now()));
        checked.shows_addresses().then(now)
    }
}

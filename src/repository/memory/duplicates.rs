//! Videos with equal fingerprints in a library in memory: the definitions themselves.

use async_trait::async_trait;

use super::MemoryRepository;
use super::library::Library;
use crate::domain::file::Fingerprint;
use crate::domain::{
    Duplicate, DuplicateGroup, DuplicateGroups, DuplicatePlace, Page, PageRequest, Video,
    VideoFilter,
};
use crate::repository::{DuplicateReader, RepositoryError};

#[async_trait]
impl DuplicateReader for MemoryRepository {
    async fn with_fingerprints(
        &self,
        fingerprints: &[Fingerprint],
        filter: &VideoFilter,
        limit: usize,
    ) -> Result<Vec<Vec<Video>>, RepositoryError> {
        let library = self.read()?;
        let mut matching: Vec<&Video> = library.matching(filter).collect();
        matching.sort_unstable_by_key(|video| video.id);
        let with = |fingerprint: &Fingerprint| {
            let has_it =
                |video: &&&Video| video.values.facts().fingerprint.as_ref() == Some(fingerprint);
            matching.iter().filter(has_it).take(limit).copied().cloned().collect()
        };
        Ok(fingerprints.iter().map(with).collect())
    }

    async fn duplicates(
        &self,
        filter: &VideoFilter,
        page: &PageRequest<DuplicatePlace>,
    ) -> Result<Page<DuplicateGroup>, RepositoryError> {
        Ok(groups_of(&*self.read()?, filter, page).into_page())
    }

    async fn count_duplicates(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        Ok(groups_of(&*self.read()?, filter, &PageRequest::first(0)).into_count())
    }
}

fn groups_of(
    library: &Library,
    filter: &VideoFilter,
    page: &PageRequest<DuplicatePlace>,
) -> DuplicateGroups {
    let member = |video: &Video| {
        let facts = video.values.facts();
        let duplicate = Duplicate {
            file_size: video.values.file_size,
            is_missing: facts.missing_since.is_some(),
            inode: library.catalogued.inode_of(video.id),
        };
        Some((facts.fingerprint?, duplicate))
    };
    let mut members: Vec<_> = library.matching(filter).filter_map(member).collect();
    members.sort_unstable_by_key(|(fingerprint, _)| *fingerprint);
    let mut groups = DuplicateGroups::new(page);
    for (fingerprint, duplicate) in members {
        groups.add(fingerprint, duplicate);
    }
    groups
}

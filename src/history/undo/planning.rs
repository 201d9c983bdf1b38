//! Planning an undo.

use super::request::{NotUndoable, UndoRequest, changed};
use super::{paths, subjects};
use crate::domain::{UndoAction, UndoItem, UndoPolicy};
use crate::history::plan::PlanDigest;
use crate::repository::{
    Becomes, Catalogue, PlannedChange, PlannedChanges, RepositoryError, Unless, VideoReader,
};

/// An undo as it would be carried out now.
#[derive(Debug)]
pub struct UndoPlan {
    /// What becomes of each video that the request changed: those with conflicts first, and then in the order of
    /// the first change of each.
    pub items: Vec<UndoItem>,
    /// The changes, none of which is made if conflicts [forbid](Self::is_refused) it.
    pub changes: PlannedChanges,
    policy: UndoPolicy,
}

/// Plans to undo the changes of a request, of which there can be as many as the limit. All that is read of the
/// library must be of one moment.
///
/// # Errors
/// When the library cannot be read.
pub async fn plan(
    library: &dyn VideoReader,
    catalogue: &dyn Catalogue,
    request: &UndoRequest,
    limit: usize,
) -> Result<Result<UndoPlan, NotUndoable>, RepositoryError> {
    let seen = library.newest().await?.sequence;
    let changed = match changed(library, catalogue, &request.filter, limit).await? {
        Ok(changed) => changed,
        Err(why) => return Ok(Err(why)),
    };
    let mut items = subjects::items(library, request, &changed).await?;
    paths::settle(library, &changed, &mut items).await?;
    // Not stirring the others.
    items.sort_by_key(|item| item.conflicts.is_empty());
    let unless = Unless::Recorded(request.filter.clone());
    let changes = items.iter().filter_map(planned_change).collect();
    let changes = PlannedChanges { changes, seen, unless };
    Ok(Ok(UndoPlan { items, changes, policy: request.policy }))
}

fn planned_change(item: &UndoItem) -> Option<PlannedChange> {
    let becomes = match (item.action(), &item.target) {
        (UndoAction::Nothing, _) => return None,
        (_, None) => Becomes::Deleted,
        (_, Some(target)) => {
            let values = Box::new(target.values.clone());
            match &item.present {
                Some(present) if present.created_at == target.created_at => Becomes::Values(values),
                _ => Becomes::Restored { values, created_at: target.created_at },
            }
        }
    };
    Some(PlannedChange { id: item.id, version: item.version, becomes })
}

impl UndoPlan {
    /// How many videos have conflicts.
    pub fn conflict_count(&self) -> usize {
        self.items.iter().filter(|item| !item.conflicts.is_empty()).count()
    }

    /// Whether nothing is undone, because something was changed since.
    pub fn is_refused(&self) -> bool {
        self.policy == UndoPolicy::Refuse && self.conflict_count() > 0
    }

    /// What stands for the plan: the same only if the same is done to the same versions of the same videos.
    pub fn digest(&self) -> String {
        let policy: &[u8] = match self.policy {
            UndoPolicy::Refuse => b"REFUSE",
            UndoPolicy::KeepLater => b"KEEP_LATER",
            UndoPolicy::Overwrite => b"OVERWRITE",
        };
        let videos = self.items.iter();
        let digest = videos.fold(PlanDigest::of("undoRequest").with(policy), |digest, item| {
            digest.with(item.id.as_bytes()).with(&item.version.to_be_bytes())
        });
        digest.with_changes(&self.changes.changes).into_text()
    }
}

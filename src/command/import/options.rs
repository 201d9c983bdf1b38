//! How a command imports.

use std::sync::Arc;

use crate::domain::{IdSource, RandomIds, SystemClock};
use crate::repository::OnConflict;
use crate::transfer::ImportOptions;

/// The options of an import that starts now.
pub(super) fn options(on_conflict: OnConflict) -> ImportOptions {
    ImportOptions {
        on_conflict,
        request_id: format!("import-{}", RandomIds.next_id()),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    }
}

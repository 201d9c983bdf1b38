//! The files on a stage.

use std::collections::HashMap;

use crate::domain::catalogue::{FileNumber, FileRow, RootId};

/// The files on a stage, and how they change.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    pub(super) rows: HashMap<FileNumber, FileRow>,
    /// Which file is at a path below a root; none if it was added just now, and has no number yet.
    pub(super) at: HashMap<(RootId, Vec<u8>), Option<FileNumber>>,
}

impl Files {
    pub(super) fn put(&mut self, row: FileRow) {
        self.at.insert((row.file.root, row.file.path.clone()), Some(row.number));
        self.rows.insert(row.number, row);
    }

    pub(super) fn remove(&mut self, number: FileNumber) {
        if let Some(row) = self.rows.remove(&number) {
            let place = (row.file.root, row.file.path);
            if self.at.get(&place) == Some(&Some(number)) {
                self.at.remove(&place);
            }
        }
    }
}

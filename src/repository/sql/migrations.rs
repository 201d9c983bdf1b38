//! The migrations of a store, and which of them a library lacks.

use sha2::{Digest, Sha384};

/// One step towards the tables of this version.
pub(in crate::repository) struct Migration {
    /// The name of its file without the extension: its version and description.
    pub(in crate::repository) name: &'static str,
    pub(in crate::repository) sql: &'static str,
}

impl Migration {
    /// What the record of a library has of it, so that a changed one is noticed.
    pub(in crate::repository) fn checksum(&self) -> [u8; 48] {
        Sha384::digest(self.sql).into()
    }

    /// The same in hexadecimal digits.
    pub(in crate::repository) fn checksum_in_digits(&self) -> String {
        self.checksum().map(|byte| format!("{byte:02x}")).concat()
    }
}

/// Takes the migration that a library has out of those that it may lack; none if this program does not know
/// it.
pub(in crate::repository) fn take_applied(
    missing: &mut Vec<&'static Migration>,
    is_applied: impl Fn(&Migration) -> bool,
) -> Option<&'static Migration> {
    let place = missing.iter().position(|known| is_applied(known))?;
    Some(missing.remove(place))
}

/// The migrations in the files of a folder.
macro_rules! migrations {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        &[$($crate::repository::sql::Migration {
            name: $name,
            sql: include_str!(concat!("../../../migrations/", $folder, "/", $name, ".sql")),
        }),+]
    };
}

pub(in crate::repository) use migrations;

//! Access rights of a file that replaces another.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Nobody but the user.
pub(super) const PRIVATE: u32 = 0o600;

#[cfg(unix)]
mod system {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};

    use super::*;
    use crate::command::output::standard::say;

    /// At most for the user and their group, and never for anyone who cannot read `like`.
    pub(in super::super) fn mode_of_new_file(like: &Path) -> io::Result<u32> {
        Ok(fs::metadata(like)?.mode() & 0o640 | PRIVATE)
    }

    /// Has a file made with this mode, less the umask.
    pub(in super::super) fn set_mode(options: &mut OpenOptions, mode: u32) {
        options.mode(mode);
    }

    /// Gives a file the owner and the mode of the one that it replaces. An owner that the system
    /// does not permit is reported.
    pub(in super::super) fn keep_access(
        file: &File,
        old: &Metadata,
        place: &Path,
    ) -> io::Result<()> {
        let ids = |found: &Metadata| (found.uid(), found.gid());
        if ids(&file.metadata()?) != ids(old)
            && fchown(file, Some(old.uid()), Some(old.gid())).is_err()
        {
            // One of the user's own groups is permitted.
            let _ = fchown(file, None, Some(old.gid()));
            let ((old_user, old_group), (user, group)) = (ids(old), ids(&file.metadata()?));
            say(format_args!(
                "warning: could not keep the owner of {}, user {old_user} and group {old_group}: \
                 it now belongs to user {user} and group {group}",
                place.display()
            ));
        }
        file.set_permissions(Permissions::from_mode(old.mode() & 0o777))
    }

    /// Whether both have the same owner.
    pub(in super::super) fn has_same_owner(one: &Metadata, other: &Metadata) -> bool {
        one.uid() == other.uid()
    }

    /// Whether both describe the same file.
    pub(in super::super) fn is_same(one: &Metadata, other: &Metadata) -> bool {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    }

    /// Whether the file still has this name.
    pub(in super::super) fn is_at(file: &File, path: &Path) -> bool {
        let named = fs::symlink_metadata(path);
        file.metadata().is_ok_and(|own| named.is_ok_and(|named| is_same(&own, &named)))
    }
}

#[cfg(not(unix))]
mod system {
    use super::*;

    pub(in super::super) fn mode_of_new_file(_: &Path) -> io::Result<u32> {
        Ok(PRIVATE)
    }

    pub(in super::super) fn set_mode(_: &mut OpenOptions, _: u32) {}

    pub(in super::super) fn keep_access(_: &File, _: &Metadata, _: &Path) -> io::Result<()> {
        Ok(())
    }

    pub(in super::super) fn has_same_owner(_: &Metadata, _: &Metadata) -> bool {
        true
    }

    pub(in super::super) fn is_same(_: &Metadata, _: &Metadata) -> bool {
        true
    }

    pub(in super::super) fn is_at(_: &File, path: &Path) -> bool {
        path.exists()
    }
}

pub(super) use self::system::{
    has_same_owner, is_at, is_same, keep_access, mode_of_new_file, set_mode,
};

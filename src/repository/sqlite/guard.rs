//! Verifies that the library is still the one that was opened.
//!
//! A file that was deleted, moved or replaced can still be written through open connections, and
//! nobody would ever see these changes. The file is therefore checked before a commit is
//! acknowledged, and once a second. A library that another process has migrated to a newer version
//! is not written either. A problem persists until the process ends.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, Weak};
use std::time::Duration;

use super::file_id::FileId;
use super::files::log_of;

/// The interval of checks when nothing is written.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a library must not be written any longer, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LibraryLost {
    /// There is no file at its place.
    Deleted,
    /// There is another file at its place.
    Replaced,
    /// The write-ahead log is gone.
    WithoutLog,
    /// It has a migration that this program does not know.
    Newer,
}

impl fmt::Display for LibraryLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deleted => {
                "the library's file was deleted or moved while the server was running: stop the \
                 server, then put the file back or restore a backup"
            }
            Self::Replaced => {
                "the library's file was replaced by another one while the server was running: \
                 restart the server to use that file, or stop it and put the right file back"
            }
            Self::WithoutLog => {
                "the library's write-ahead log was deleted while the server was running: stop the \
                 server, which saves what it can, then run `reelgraph check`"
            }
            Self::Newer => {
                "the library was migrated by a newer reelgraph: upgrade this server to that version"
            }
        })
    }
}

impl std::error::Error for LibraryLost {}

/// Looks after the file of a library that is open.
pub(super) struct Guard {
    path: PathBuf,
    opened: FileId,
    /// Whether a connection is known to have the write-ahead log open, so that it must exist.
    has_log: AtomicBool,
    loss: OnceLock<LibraryLost>,
}

impl Guard {
    /// Looks after the file that was opened at this path.
    pub(super) fn new(path: &Path, opened: FileId) -> Self {
        let has_log = AtomicBool::new(false);
        Self { path: path.to_owned(), opened, has_log, loss: OnceLock::new() }
    }

    /// Verifies that the library may be written.
    ///
    /// # Errors
    /// When it was lost, now or before.
    pub(super) fn look(&self) -> Result<(), LibraryLost> {
        if let Some(loss) = self.find_loss() {
            self.note(loss);
        }
        self.loss().map_or(Ok(()), Err)
    }

    /// Verifies that a new connection is to the library and not to a file that has replaced it.
    ///
    /// # Errors
    /// When it may not be written.
    pub(super) fn look_at_connection(&self) -> Result<(), LibraryLost> {
        match self.look() {
            Err(LibraryLost::Newer) => Ok(()),
            looked => looked,
        }
    }

    /// Verifies that what was just committed is where the library will be looked for.
    ///
    /// # Errors
    /// Those of [`look`](Self::look).
    pub(super) fn look_after_commit(&self) -> Result<(), LibraryLost> {
        self.has_log.store(true, Ordering::Relaxed);
        self.look()
    }

    /// Records that no connection may have the write-ahead log open, so that it can be missing.
    pub(super) fn let_go_of_log(&self) {
        self.has_log.store(false, Ordering::Relaxed);
    }

    /// Notes a loss and reports it in the log, unless there was one before.
    pub(super) fn note(&self, loss: LibraryLost) {
        if self.loss.set(loss).is_ok() {
            tracing::error!(library = %self.path.display(), "{loss}");
        }
    }

    /// The problem found so far.
    pub(super) fn loss(&self) -> Option<LibraryLost> {
        self.loss.get().copied()
    }

    fn find_loss(&self) -> Option<LibraryLost> {
        // Opening the file and closing it again would drop the locks that SQLite has on it.
        match FileId::at(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Some(LibraryLost::Deleted),
            Ok(found) if found != self.opened => Some(LibraryLost::Replaced),
            // What cannot be seen is left to SQLite.
            _ => {
                let is_gone = self.has_log.load(Ordering::Relaxed)
                    && fs::metadata(log_of(&self.path))
                        .is_err_and(|error| error.kind() == ErrorKind::NotFound);
                is_gone.then_some(LibraryLost::WithoutLog)
            }
        }
    }
}

/// Checks the library once a second while it is open.
pub(super) async fn watch(guard: Weak<Guard>) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        let Some(guard) = guard.upgrade() else { return };
        // The loss is in the log by now, and whoever writes gets it as an error.
        let _ = guard.look();
    }
}

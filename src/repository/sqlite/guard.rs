//! Whether the library is still the one that was opened.
//!
//! A file that was deleted, moved or replaced can still be written through the connections that have
//! it open, and nobody would see these changes again. So the file is looked at before a commit is
//! acknowledged, and once a second. A library that another process has migrated to a newer version is
//! not written either. Whatever is found holds until the process ends.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, Weak};
use std::time::Duration;

use super::log_of;
use crate::repository::RepositoryError;

/// How often the file is looked at, whether or not it is written.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a library must not be written any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// There is no file at its place.
    Deleted,
    /// There is another file at its place.
    Replaced,
    /// The write-ahead log is gone.
    WithoutLog,
    /// It has a migration that this program does not know.
    Newer,
}

impl Loss {
    /// What happened, and what to do.
    fn explanation(self) -> &'static str {
        match self {
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
                "the library was migrated by a newer reelgraph: replace this server by that version"
            }
        }
    }
}

/// Looks after the file of a library that is open.
pub(super) struct Guard {
    path: PathBuf,
    opened: FileId,
    /// Whether a connection is known to have the write-ahead log open, so that it has to be there.
    has_log: AtomicBool,
    loss: OnceLock<Loss>,
}

impl Guard {
    /// Looks after the file at this path from now on. It must be open already.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let opened = id_of(&fs::metadata(path)?);
        let has_log = AtomicBool::new(false);
        Ok(Self { path: path.to_owned(), opened, has_log, loss: OnceLock::new() })
    }

    /// Verifies that the library may be written.
    ///
    /// # Errors
    /// `Unavailable` when it was lost, now or before.
    pub(super) fn look(&self) -> Result<(), RepositoryError> {
        if let Some(loss) = self.find_loss() {
            self.note(loss);
        }
        match self.loss() {
            None => Ok(()),
            Some(loss) => {
                Err(RepositoryError::unavailable("write to the library")(loss.explanation()))
            }
        }
    }

    /// Verifies that what was just committed is where the library will be looked for.
    ///
    /// # Errors
    /// Those of [`look`](Self::look).
    pub(super) fn look_after_commit(&self) -> Result<(), RepositoryError> {
        self.has_log.store(true, Ordering::Relaxed);
        self.look()
    }

    /// Notes that no connection may have the write-ahead log open, so that it can be gone.
    pub(super) fn let_go_of_log(&self) {
        self.has_log.store(false, Ordering::Relaxed);
    }

    /// Notes a loss and reports it in the log, unless there was one before.
    pub(super) fn note(&self, loss: Loss) {
        if self.loss.set(loss).is_ok() {
            tracing::error!(library = %self.path.display(), "{}", loss.explanation());
        }
    }

    /// What was found so far.
    pub(super) fn loss(&self) -> Option<Loss> {
        self.loss.get().copied()
    }

    fn find_loss(&self) -> Option<Loss> {
        // Opening the file and closing it again would drop the locks that SQLite has on it.
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Some(Loss::Deleted),
            Ok(found) if id_of(&found) != self.opened => Some(Loss::Replaced),
            // What cannot be seen is left to SQLite.
            _ => {
                let is_gone = self.has_log.load(Ordering::Relaxed)
                    && fs::metadata(log_of(&self.path)).is_err_and(is_not_found);
                is_gone.then_some(Loss::WithoutLog)
            }
        }
    }
}

/// Looks at the library once a second, as long as it is open.
pub(super) async fn watch(guard: Weak<Guard>) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        let Some(guard) = guard.upgrade() else { return };
        // A loss is in the log, and whoever writes is told.
        let _ = guard.look();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "this is how errors are handed over")]
fn is_not_found(error: io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// By what the system knows a file: its device, and its number there.
#[cfg(unix)]
type FileId = (u64, u64);

#[cfg(unix)]
fn id_of(found: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

/// Elsewhere a file that is open cannot be replaced.
#[cfg(not(unix))]
type FileId = ();

#[cfg(not(unix))]
fn id_of(_: &Metadata) -> FileId {}

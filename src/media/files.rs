//! The files of videos, opened to be sent.
//!
//! What is sent is what the library knows: a file that has another size or time of modification by now is refused,
//! and its folder is looked at again. No path comes from a client, and no path leads out of the library roots
//! ([`catalogue::disk`](crate::catalogue::disk)).

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::looks::{Looks, folder_of};
use crate::catalogue::disk::{Kind, MediaFile, Stat, is_absence, is_loop};
use crate::catalogue::runner::Disks;
use crate::causes::with_causes;
use crate::domain::catalogue::{FileMark, FileRow, Root, RootId, RootState, ScanId, ScanOrder};
use crate::domain::file::Fingerprint;
use crate::domain::{Clock, IdSource, VideoId};
use crate::repository::{Catalogue, RepositoryError};

/// How long a disk may take to open a file, or to read a part of it.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many threads wait for the disk of one root: those of a dead disk wait forever.
const READS_PER_ROOT: usize = 24;

/// What is needed to open files.
pub struct Opening {
    /// What the library knows of files.
    pub catalogue: Arc<dyn Catalogue>,
    /// Where the library roots are.
    pub disks: Arc<dyn Disks>,
    /// The roots that this server looks after. Folders of others, which another server may look after, may be on
    /// another machine.
    pub own: Vec<RootId>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The IDs of scans.
    pub ids: Arc<dyn IdSource>,
}

/// Opens the files of videos.
pub struct Files {
    opening: Opening,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    reads: HashMap<RootId, Arc<Semaphore>>,
    looks: Looks,
}

/// Why a file is not sent.
#[derive(Debug)]
pub enum NotServed {
    /// The library knows no file of this video.
    Unknown,
    /// It is not the file any more that the address was given for. If the library did not know, it looks again.
    Changed,
    /// It is not where the library says. The library looks again.
    Gone,
    /// Its disk cannot be reached, or does not answer.
    Unreachable,
    /// Another server has its library root.
    Elsewhere,
    /// The library cannot be read.
    Store(RepositoryError),
}

/// A file that is open, and is what the library knows.
#[derive(Clone)]
pub struct Served {
    file: Arc<dyn MediaFile>,
    stat: Stat,
    /// The last part of its path.
    pub name: String,
    reads: Arc<Semaphore>,
}

impl Files {
    /// The files of a library.
    pub fn new(opening: Opening) -> Self {
        Self { opening, state: Mutex::default() }
    }

    /// Opens the file of a video, which must have this content.
    ///
    /// # Errors
    /// When it is not there, or not the same.
    pub async fn open(&self, video: VideoId, expected: Fingerprint) -> Result<Served, NotServed> {
        let catalogue = &self.opening.catalogue;
        let row = catalogue.files_of(&[video]).await.map_err(NotServed::Store)?.pop().flatten();
        let row = row.ok_or(NotServed::Unknown)?;
        if row.file.fingerprint != expected {
            return Err(NotServed::Changed);
        }
        let roots = catalogue.roots().await.map_err(NotServed::Store)?;
        let root = roots.into_iter().find(|root| root.id == row.file.root);
        let root = root.ok_or(NotServed::Unknown)?;
        let now = self.opening.clock.now();
        if !self.opening.own.contains(&root.id) && root.is_served(now) {
            return Err(NotServed::Elsewhere);
        }
        let reads = Arc::clone(self.state().reads.entry(root.id).or_insert_with(new_reads));
        let opened = self.open_at(&root, &row, &reads).await;
        let is_online = root.state(now) == RootState::Online;
        match opened {
            Ok((file, stat)) if is_as_known(&stat, &row.file.mark) => {
                Ok(Served { file, stat, name: name_of(&row.file.path), reads })
            }
            // A root that cannot be reached may have another folder in its place.
            Ok((_, stat)) if is_online => {
                self.look_again(&row, Some(&stat)).await;
                Err(NotServed::Changed)
            }
            Err(error) if is_gone(&error) && is_online && !row.file.is_unreachable => {
                if row.missing_since.is_none() {
                    self.look_again(&row, None).await;
                }
                Err(NotServed::Gone)
            }
            Err(error) => {
                tracing::debug!(error = with_causes(&error), "could not open a file to be sent");
                Err(NotServed::Unreachable)
            }
            Ok(_) => Err(NotServed::Unreachable),
        }
    }

    async fn open_at(
        &self,
        root: &Root,
        row: &FileRow,
        reads: &Arc<Semaphore>,
    ) -> io::Result<(Arc<dyn MediaFile>, Stat)> {
        let (disk, path) = (self.opening.disks.disk_of(root), row.file.path.clone());
        waiting(reads, move || {
            let file = disk.open()?.open_file(&path)?;
            let stat = file.stat()?;
            Ok((file, stat))
        })
        .await
    }

    /// Queues a scan of the folder of a file at whose path this was found, unless there was one for that already.
    async fn look_again(&self, row: &FileRow, found: Option<&Stat>) {
        let now = self.opening.clock.now();
        if !self.state().looks.may_look(&row.file, found, now) {
            return;
        }
        // Names that are not UTF-8 have no videos.
        let paths = match std::str::from_utf8(folder_of(&row.file.path)) {
            Ok("") | Err(_) => Vec::new(),
            Ok(folder) => vec![folder.to_owned()],
        };
        let order = ScanOrder { paths, ..ScanOrder::of_root(row.file.root) };
        let id = ScanId::from(self.opening.ids.next_id());
        if let Err(error) = self.opening.catalogue.queue(id, &order, now).await {
            tracing::warn!(error = with_causes(&error), "could not queue a scan of a folder");
        }
    }

    // It is changed by steps that cannot fail, so that a poisoned lock guards a sound one.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_reads() -> Arc<Semaphore> {
    Arc::new(Semaphore::new(READS_PER_ROOT))
}

impl Served {
    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.stat.size
    }

    /// When it was modified, in nanoseconds since 1970.
    pub fn modified(&self) -> i64 {
        self.stat.modified
    }

    /// Fills these bytes from this offset on.
    ///
    /// # Errors
    /// When the disk fails or does not answer, and when the file has changed since it was opened: nobody gets a
    /// mixture of two files.
    pub async fn read(&self, offset: u64, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let (file, before) = (Arc::clone(&self.file), self.stat);
        waiting(&self.reads, move || {
            file.read_exact_at(&mut bytes, offset)?;
            match file.stat()? {
                now if now.size == before.size && now.modified == before.modified => Ok(bytes),
                _ => Err(io::Error::other("the file has changed while it was being sent")),
            }
        })
        .await
    }

    /// The file itself.
    pub fn file(&self) -> &Arc<dyn MediaFile> {
        &self.file
    }
}

/// Does what waits for a disk, on a thread that may wait. Few of them wait for the same root.
async fn waiting<T: Send + 'static>(
    reads: &Arc<Semaphore>,
    job: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = async {
        let place = Arc::clone(reads).acquire_owned().await.map_err(io::Error::other)?;
        let job = move || {
            let _place = place;
            job()
        };
        spawn_blocking(job).await.map_err(io::Error::other)?
    };
    let hanging = || io::Error::new(io::ErrorKind::TimedOut, "the disk does not answer");
    timeout(PATIENCE, done).await.unwrap_or_else(|_| Err(hanging()))
}

/// Whether a file is the one that the library knows, as far as the disk says.
fn is_as_known(stat: &Stat, known: &FileMark) -> bool {
    stat.kind == Kind::File && stat.size == known.size && stat.modified == known.modified
}

/// Whether the path of a file leads to none, or to something else.
fn is_gone(error: &io::Error) -> bool {
    is_absence(error) || is_loop(error) || error.kind() == io::ErrorKind::InvalidInput
}

fn name_of(path: &[u8]) -> String {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

//! Watches folders with inotify, as Linux does.
//!
//! There is one instance for all roots of the process, because a user may have few of them; it is made when the
//! first folder is watched. A folder is named to it by the descriptor that it was opened with, so that what is watched
//! is what was found below the root, whatever has been renamed since.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use async_trait::async_trait;
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::Errno;

use super::event::{Event, WatchId, What};
use super::inotify_queue::{Queue, Queues};
use super::source::{FolderEvents, Unwatchable, Watcher};
use crate::catalogue::Folder;
use crate::domain::catalogue::Problem;

/// What changes a library. What reads files, as scans do, causes no events.
const WATCHED: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR)
    .union(WatchFlags::EXCL_UNLINK);

/// Watches folders with inotify.
#[derive(Clone, Default)]
pub struct Inotify(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    instance: Option<Instance>,
    queues: Queues,
}

/// An instance, and the thread that reads from it.
struct Instance {
    file: Arc<OwnedFd>,
    /// Ends the thread once something is written to it.
    end: Arc<OwnedFd>,
}

impl Drop for Instance {
    fn drop(&mut self) {
        // Nothing else writes to it, so that it has room.
        let _ = rustix::io::write(&self.end, &1_u64.to_ne_bytes());
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watcher for Inotify {
    fn events(&self) -> Arc<dyn FolderEvents> {
        let queue = Arc::new(Queue::default());
        lock(&self.0).queues.add(Arc::clone(&queue));
        Arc::new(RootEvents { state: Arc::clone(&self.0), queue })
    }
}

/// The events of one root.
struct RootEvents {
    state: Arc<Mutex<State>>,
    queue: Arc<Queue>,
}

impl Drop for RootEvents {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        for folder in state.queues.remove(&self.queue) {
            state.unwatch(folder);
        }
    }
}

#[async_trait]
impl FolderEvents for RootEvents {
    fn watch(&self, folder: &dyn Folder) -> Result<WatchId, Unwatchable> {
        let descriptor = folder.descriptor().ok_or(Unwatchable::Unknown)?;
        expect_native(descriptor)?;
        let path = format!("/proc/self/fd/{}", descriptor.as_raw_fd());
        // Until it is known who wants to hear of the folder, no event of it is read.
        let mut state = lock(&self.state);
        let file = state.file(&self.state)?;
        let folder = inotify::add_watch(&file, path, WATCHED).map_err(refusal)?;
        let folder = WatchId(folder);
        state.queues.join(folder, &self.queue);
        Ok(folder)
    }

    fn unwatch(&self, folder: WatchId) {
        let mut state = lock(&self.state);
        if state.queues.leave(folder, &self.queue) {
            state.unwatch(folder);
        }
    }

    async fn next(&self) -> Vec<Event> {
        self.queue.take().await
    }

    fn limits(&self) -> Vec<u64> {
        ["max_user_watches", "max_user_instances"].into_iter().filter_map(limit).collect()
    }
}

impl State {
    /// The instance, which is made if there is none.
    fn file(&mut self, state: &Arc<Mutex<Self>>) -> Result<Arc<OwnedFd>, Unwatchable> {
        if let Some(instance) = &self.instance {
            return Ok(Arc::clone(&instance.file));
        }
        let made = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK);
        let made = made.map_err(|error| match error {
            Errno::MFILE => Unwatchable::Limit(Problem::of_watching_programs()),
            other => Unwatchable::Disk(other.into()),
        })?;
        let end = eventfd(0, EventfdFlags::CLOEXEC).map_err(io::Error::from)?;
        let (file, end) = (Arc::new(made), Arc::new(end));
        let reading = (Arc::clone(&file), Arc::clone(&end), Arc::downgrade(state));
        let thread = thread::Builder::new().name("folder-events".to_owned());
        thread.spawn(move || read(&reading.0, &reading.1, &reading.2))?;
        self.instance = Some(Instance { file: Arc::clone(&file), end });
        Ok(file)
    }

    fn unwatch(&mut self, folder: WatchId) {
        if let Some(instance) = &self.instance {
            // It may be removed in the meantime, and then is not watched any more anyway.
            let _ = inotify::remove_watch(&instance.file, folder.0);
        }
    }
}

/// Hands out events as they come, until the instance ends.
fn read(file: &OwnedFd, end: &OwnedFd, state: &Weak<Mutex<State>>) {
    let mut buffer = vec![MaybeUninit::uninit(); 1 << 16];
    let error = loop {
        let mut waiting = [PollFd::new(file, PollFlags::IN), PollFd::new(end, PollFlags::IN)];
        match poll(&mut waiting, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => break error,
        }
        if !waiting[1].revents().is_empty() {
            return;
        }
        let Some(state) = state.upgrade() else { return };
        match dispatch(&mut Reader::new(file, &mut buffer), &mut lock(&state).queues) {
            Ok(()) | Err(Errno::WOULDBLOCK | Errno::INTR) => {}
            Err(error) => break error,
        }
    };
    tracing::error!(%error, "could not read what changes in the library roots; watching them again");
    if let Some(state) = state.upgrade() {
        let mut state = lock(&state);
        state.instance = None;
        state.queues.lose_all();
    }
}

/// Hands out what can be read at once.
fn dispatch(reader: &mut Reader<'_, &OwnedFd>, queues: &mut Queues) -> Result<(), Errno> {
    loop {
        translated(&reader.next()?).iter().for_each(|event| queues.dispatch(event));
        // Others may want to watch something.
        if reader.is_buffer_empty() {
            return Ok(());
        }
    }
}

fn translated(event: &inotify::Event<'_>) -> Option<Event> {
    let (folder, flags) = (WatchId(event.wd()), event.events());
    if flags.contains(ReadFlags::QUEUE_OVERFLOW) {
        return Some(Event::Lost);
    }
    if flags.contains(ReadFlags::IGNORED) {
        return Some(Event::Ended(folder));
    }
    if flags.intersects(ReadFlags::DELETE_SELF | ReadFlags::MOVE_SELF) {
        return Some(Event::Left(folder));
    }
    let what = if flags.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO) {
        What::Appeared
    } else if flags.intersects(ReadFlags::DELETE | ReadFlags::MOVED_FROM) {
        What::Vanished
    } else if flags.contains(ReadFlags::CLOSE_WRITE) {
        What::Written
    } else if flags.contains(ReadFlags::ATTRIB) {
        What::Marked
    } else {
        return None;
    };
    // Without a name it is the folder itself, of which the folder above reports the same.
    let name = event.file_name()?.to_bytes().into();
    Some(Event::Inside { folder, name, what, is_folder: flags.contains(ReadFlags::ISDIR) })
}

/// What it means that a folder could not be watched.
fn refusal(error: Errno) -> Unwatchable {
    match error {
        Errno::NOSPC => Unwatchable::Limit(Problem::of_watches(limit("max_user_watches"))),
        other => Unwatchable::Disk(other.into()),
    }
}

/// A limit of the system.
fn limit(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
    text.trim().parse().ok()
}

/// The numbers of file systems whose files others change as well, which is not reported: those of networks, of
/// clusters, of programs, and of the machines that virtual ones run on. See `linux/magic.h` and statfs(2).
const FOREIGN: [u32; 16] = [
    0x0000_6969, // NFS
    0x0000_517b, // SMB
    0x0000_564c, // NCP
    0xff53_4d42, // CIFS
    0xfe53_4d42, // SMB 2 and 3
    0x6573_5546, // FUSE, and virtiofs
    0x0102_1997, // 9P
    0x786f_4256, // vboxsf
    0xbacb_acbc, // vmhgfs
    0x7c7c_6673, // prl_fs
    0x00c3_6400, // Ceph
    0x5346_414f, // AFS
    0x7375_7245, // Coda
    0x0bd0_0bd0, // Lustre
    0x0116_1970, // GFS2
    0x7461_636f, // OCFS2
];

/// # Errors
/// When a folder is on a file system that does not report what others do.
fn expect_native(folder: impl AsFd) -> Result<(), Unwatchable> {
    let kind = rustix::fs::fstatfs(folder).map_err(io::Error::from)?.f_type;
    match FOREIGN.iter().any(|number| is_kind(kind, *number)) {
        true => Err(Unwatchable::Foreign),
        false => Ok(()),
    }
}

/// Whether a number of the system, which has 32 bits or 64, is this one.
#[allow(clippy::useless_conversion, reason = "the type of this number differs between systems")]
fn is_kind(kind: rustix::fs::FsWord, number: u32) -> bool {
    i64::from(kind) & 0xffff_ffff == i64::from(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_of_others_are_known_by_their_numbers() {
        let is_foreign = |kind| FOREIGN.iter().any(|number| is_kind(kind, *number));
        for foreign in [0x6969, 0xff53_4d42, 0xfe53_4d42, 0x6573_5546] {
            assert!(is_foreign(foreign), "{foreign:x}");
        }
        // ext4, btrfs, xfs, tmpfs, overlayfs and ZFS.
        for own in [0xef53, 0x9123_683e, 0x5846_5342, 0x0102_1994, 0x794c_7630, 0x2fc1_2fc1] {
            assert!(!is_foreign(own), "{own:x}");
        }
    }
}

//! Notices what changes in library roots, so that scans look there.
//!
//! A system that watches folders is never believed to say what happened, only where to look: [`Changes`] gathers
//! these places until nothing more happens, and a scan does the rest. So an event that comes twice, late or for
//! nothing costs a look, and events that were lost cost a look at the whole root.

mod changes;
mod event;
mod joining;
mod meaning;
mod places;
mod root_watch;
mod setting;
mod source;
#[cfg(test)]
mod tests;

#[cfg(target_os = "linux")]
mod inotify;
#[cfg(target_os = "linux")]
mod inotify_queue;

pub use changes::{Changes, Settling};
pub use event::{Event, WatchId, What};
#[cfg(target_os = "linux")]
pub use inotify::Inotify;
pub use root_watch::{RootWatch, Standing};
pub use source::{FolderEvents, Unwatchable, Watcher};

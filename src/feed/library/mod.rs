//! The state of the library for those who show it: that something changed, rather than each change.
//!
//! One task evaluates new changes, twice a second at most, once for each distinct filter, and adds the
//! result to what each subscriber has not seen yet. That is bounded: a hundred videos, or the
//! information that there were more. A subscriber that reads slowly gets fewer events. The same task looks at the
//! library roots, whose states are not in the log and change with time alone as well.

mod budget;
mod changes;
mod evaluation;
mod members;
mod roots;
mod subscription;
mod watch;
mod watcher;

pub use changes::{LibraryChanges, MAX_VIDEOS};
pub use subscription::{LibraryEvent, LibrarySubscription};
pub(super) use watch::Watch;

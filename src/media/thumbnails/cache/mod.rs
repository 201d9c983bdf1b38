//! Pictures on disk, in a folder of bounded size that can be deleted at any time.
//!
//! A picture is written under another name and renamed, so a file that is there is complete; one that is
//! damaged nevertheless is made again. Several servers can share a folder.

#[cfg(unix)]
mod files;
#[cfg(not(unix))]
#[path = "no_files.rs"]
mod files;
mod folder;
mod kept;
mod name;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod usage;

pub use folder::{CacheError, CacheFolder};
pub(super) use kept::Cache;

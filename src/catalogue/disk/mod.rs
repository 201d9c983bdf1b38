//! What is needed of a disk, so that one that fails can be scripted in tests.

#[cfg(unix)]
mod beneath;
mod media_file;
#[cfg(unix)]
mod os;
mod problems;
mod stat;
mod tree;

#[cfg(unix)]
pub use beneath::{Beneath, FOLDER};
pub use media_file::MediaFile;
#[cfg(unix)]
pub use os::OsDisk;
pub use problems::{is_absence, is_loop, problem_of};
pub use stat::{Kind, Stat};
pub use tree::{Disk, Folder, Name, Target, Tree};

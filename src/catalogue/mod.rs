//! Reads the folders of a library: what is in them, and what each file says about itself.
//!
//! A [`Disk`] looks at a library root, a [`Walk`] finds its files, and a [`Reader`] reads one of them, with a
//! [`Prober`]. What is not known because of an error is always reported as such, and never as an absence.
//! Nothing in here knows the library, and nothing outside of the roots is ever opened.

pub mod abandoned;
pub mod claims;
pub mod disk;
mod ends;
#[cfg(unix)]
pub mod ffprobe;
mod fingerprint;
pub mod keeper;
pub mod prober;
#[cfg(unix)]
pub mod program;
pub mod reader;
pub mod runner;
pub mod scan;
#[cfg(test)]
mod scripted_disk;
#[cfg(test)]
mod scripted_prober;
mod truncated;
pub mod walk;
pub mod watch;

#[cfg(unix)]
pub use disk::OsDisk;
pub use disk::{Disk, Folder, Tree};
#[cfg(unix)]
pub use ffprobe::Ffprobe;
pub use prober::{NotProbed, Prober};
pub use reader::{Reader, Reading, Sampled, Unread};
pub use runner::Runner;
pub use scan::Scanner;
pub use walk::{Found, Walk};

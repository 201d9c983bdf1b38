//! Scans by the program: from folders of files to a library.

mod command;
pub mod films;
#[cfg(target_os = "linux")]
pub mod holds;
#[cfg(target_os = "linux")]
mod instances;
#[cfg(target_os = "linux")]
mod kills;
mod media;
#[cfg(target_os = "linux")]
mod model;
#[cfg(target_os = "linux")]
mod progress;
pub mod server;
#[cfg(target_os = "linux")]
mod settling;
#[cfg(target_os = "linux")]
mod twins;
#[cfg(target_os = "linux")]
mod watching;

//! Scans by the program: from folders of files to a library.

mod command;
mod films;
mod kills;
mod media;
mod server;

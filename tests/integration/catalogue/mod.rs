//! Real files, read with the real ffprobe.

mod cuts;
pub mod foreign;
pub mod media;
pub mod overhead;
mod packages;
mod rotation;
mod streams;
pub mod table;
mod videos;
mod walks;

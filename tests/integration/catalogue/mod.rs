//! Real files, read with the real ffprobe.

mod foreign;
pub mod media;
mod overhead;
mod packages;
mod rotation;
mod streams;
pub mod table;
mod videos;
mod walks;

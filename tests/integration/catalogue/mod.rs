//! Real files, read with the real ffprobe.

mod foreign;
mod media;
mod overhead;
mod packages;
mod rotation;
mod streams;
mod table;
mod videos;
mod walks;

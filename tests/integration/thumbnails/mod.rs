//! Thumbnails, made by the real ffmpeg.

mod attempts;
mod contents;
mod foreign;
mod measures;
mod scene;
mod sizes;

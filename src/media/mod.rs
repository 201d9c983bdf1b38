//! What is made of the content of video files.

pub mod thumbnails;

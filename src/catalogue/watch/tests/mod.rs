//! What the watch over a root makes of events.

mod folders;
mod keeping;
mod obstacles;
mod scene;
mod scripted;
#[cfg(target_os = "linux")]
mod storm;

//! Scans of scripted disks into libraries in memory.

mod faults;
mod increments;
mod missing;
mod model;
mod moves;
mod overwritten;
mod people;
mod progress;
mod scene;

//! What becomes of videos when requests are undone.

mod cases;
mod histories;
mod library;

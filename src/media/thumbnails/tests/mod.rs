//! Requests for pictures, with a scripted maker.

mod failing;
mod queueing;
mod scene;

//! Promises that the tree makes about itself.

mod deploy;
mod metrics;
mod sample;
mod schema;
mod settings;
mod tree;

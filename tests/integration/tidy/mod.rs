//! Promises that the tree makes about itself.

mod deploy;
mod errors;
mod imports;
mod metrics;
mod sample;
mod schema;
mod settings;
mod tree;
mod words;

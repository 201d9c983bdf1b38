//! Promises that the tree makes about itself.

mod deploy;
mod schema;
mod settings;
mod tree;

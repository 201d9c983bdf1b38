//! Promises that the tree makes about itself.

mod schema;
mod settings;
mod tree;

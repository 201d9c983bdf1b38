//! Promises that the tree makes about itself.

mod schema;
mod tree;

//! Promises that the tree makes about itself.

mod metrics;
mod schema;
mod tree;

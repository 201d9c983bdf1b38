//! Promises that the tree makes about itself.

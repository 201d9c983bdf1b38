//! What the tests share.

pub mod binary;
pub mod clock;
pub mod graphql;
pub mod videos;
pub mod watched_store;

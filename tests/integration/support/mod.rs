//! What the tests share.

pub mod binary;
pub mod clock;
pub mod filters;
pub mod graphql;
pub mod node;
pub mod properties;
pub mod queries;
pub mod selections;
pub mod socket;
pub mod videos;
pub mod watched_store;

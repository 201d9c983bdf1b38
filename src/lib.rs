//! Reelgraph, the GraphQL server for video libraries.

pub mod domain;
pub mod graphql;
pub mod repository;
pub mod transfer;

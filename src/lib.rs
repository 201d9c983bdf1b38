//! Reelgraph, the GraphQL server for video libraries.

// Both panic where nobody reads on. `command::output` has what commands print with.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod auth;
pub mod causes;
pub mod command;
pub mod config;
pub mod domain;
pub mod error_code;
pub mod feed;
pub mod graphql;
pub mod http;
pub mod metrics;
pub mod repository;
pub mod spans;
pub mod telemetry;
pub mod transfer;

/// Set here and not in the program, so that the benchmarks use it as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

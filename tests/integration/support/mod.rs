//! What the tests share.

pub mod binary;
pub mod cable;
pub mod calendar;
pub mod catalogue;
#[cfg(target_os = "linux")]
pub mod chance;
pub mod client;
pub mod clock;
#[cfg(target_os = "linux")]
pub mod cluster;
pub mod collector;
#[cfg(unix)]
pub mod cut;
pub mod duplicates;
pub mod filters;
pub mod folder;
pub mod graphql;
pub mod http;
pub mod http2;
pub mod issuers;
pub mod logged;
#[cfg(unix)]
pub mod machines;
pub mod node;
pub mod openmetrics;
pub mod paths;
#[cfg(unix)]
pub mod postgres;
pub mod process;
pub mod properties;
#[cfg(unix)]
pub mod proxy;
pub mod queries;
pub mod refusing;
#[cfg(target_os = "linux")]
pub mod replica;
pub mod selections;
#[cfg(target_os = "linux")]
pub mod shell;
pub mod socket;
pub mod unavailable;
pub mod videos;
pub mod watched_catalogue;
mod watched_groups;
pub mod watched_store;

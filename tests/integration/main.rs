//! The tests of the program as a whole, in one binary.

// Tells the lints that all of this is tests, in which `unwrap` and `panic` are at home.
#![cfg(test)]

mod access;
mod api;
#[cfg(unix)]
mod catalogue;
mod clients;
mod contract;
mod database;
mod failures;
mod feed;
#[cfg(target_os = "linux")]
mod media;
mod postgres;
#[cfg(unix)]
mod scanning;
mod server;
mod support;
#[cfg(unix)]
mod thumbnails;
mod tidy;
mod transfer;

//! The tests of the program as a whole, in one binary.

#![cfg(test)]

mod api;
mod contract;
mod server;
mod support;
mod tidy;

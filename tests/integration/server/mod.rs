//! The program itself as a black box: its commands, its HTTP, its streams, its death.

mod clients;
mod commands;
mod events;
mod exchange;
mod explorer;
mod killing;
mod libraries;
mod metrics;
mod onslaught;
mod protocol;
mod slow_operations;
mod slow_readers;
mod sockets;
mod stopping;
mod traces;

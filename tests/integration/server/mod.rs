//! The program itself as a black box: its commands, its HTTP, its streams, its death.

mod batches;
mod clients;
mod commands;
mod conditional;
mod documents;
mod events;
mod exchange;
mod explorer;
mod halves;
mod killing;
mod libraries;
mod onslaught;
mod protocol;
mod slow_readers;
mod sockets;
mod stopping;

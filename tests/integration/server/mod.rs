//! The program itself as a black box: its commands, its HTTP, its streams, its death.

mod backups;
mod clients;
mod commands;
mod events;
mod exchange;
mod explorer;
mod killing;
mod libraries;
mod onslaught;
mod protocol;
mod settings;
mod slow_readers;
mod sockets;
mod stopping;

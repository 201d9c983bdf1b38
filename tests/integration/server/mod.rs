//! The program itself as a black box: its commands, its HTTP, its streams, its death.

mod addresses;
mod app;
mod backups;
mod batches;
mod clients;
mod clock;
mod commands;
mod compression;
mod conditional;
mod config;
mod connections;
mod departures;
mod documents;
mod events;
mod exchange;
mod explorer;
mod files;
mod floods;
mod full_disk;
mod fuzz;
mod halves;
mod hostile;
mod hosts;
mod http2;
mod imports;
mod introspection;
mod libraries;
mod live;
mod lost_answers;
#[cfg(unix)]
mod lost_library;
mod metrics;
mod numbers;
mod onslaught;
mod other_sites;
mod output;
mod places;
mod protocol;
#[cfg(unix)]
mod proxies;
mod read_only;
mod refusals;
mod room;
mod scans;
mod settings;
mod slow_operations;
mod slow_readers;
mod sockets;
#[cfg(target_os = "linux")]
mod starting;
mod stopping;
mod traces;
mod unavailable;
#[cfg(unix)]
mod unread_log;
mod untaken;
mod web_app;

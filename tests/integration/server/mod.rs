//! The program itself as a black box: its commands, its HTTP, its death.

mod commands;
mod exchange;
mod killing;
mod libraries;
mod onslaught;
mod protocol;
mod stopping;

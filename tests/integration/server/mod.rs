//! The program itself as a black box: its commands, its HTTP, its death.

mod commands;
mod exchange;
mod onslaught;
mod protocol;
mod stopping;

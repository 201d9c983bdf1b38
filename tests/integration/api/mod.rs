//! The GraphQL API, asked through the schema without a socket.

mod answers;
mod batching;
mod coercion;
mod direct;
mod filters;
mod history;
mod joining;
mod mutations;
mod nodes;
mod pages;
mod search;
mod stats;
mod subscriptions;
mod time_limit;
mod updates;

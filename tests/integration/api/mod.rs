//! The GraphQL API, asked through the schema without a socket.

mod answers;
mod audit_requests;
mod batching;
mod coercion;
mod conditional;
mod direct;
mod document_limits;
mod documents;
mod errors;
mod filter_match;
mod filters;
mod history;
mod introspection;
mod joining;
mod mutations;
mod nodes;
mod pages;
mod request_time;
mod root_fields;
mod scans;
mod search;
mod segments;
mod stats;
mod subscriptions;
mod time_limit;
mod updates;

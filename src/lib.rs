//! Reelgraph, the GraphQL server for video libraries.
//!
//! A library is a set of records that describe video files, with the full history of each record.
//! The crate stores it, answers GraphQL requests about it over HTTP, and streams its changes to
//! subscribers. The `reelgraph` program is a thin shell around [`command`]; everything else can be
//! used without it.
//!
//! # Modules
//!
//! The modules form a chain: each uses only those below it, and a test enforces that.
//!
//! | Module | Contents |
//! |---|---|
//! | [`command`] | The commands of the program: `serve`, `import`, `backup` and so on |
//! | [`http`] | GraphQL over HTTP, WebSockets and Server-Sent Events; limits, health checks, shutdown |
//! | [`graphql`] | The public schema, and the checks that a document passes before it is executed |
//! | [`media`] | Pictures of videos, made by ffmpeg when they are asked for |
//! | [`catalogue`] | Reads folders of videos: their files, and what these say about themselves |
//! | [`transfer`] | Import and export: records as lines of JSON |
//! | [`metrics`] | What the server measures, in the format of Prometheus |
//! | [`auth`] | API keys, JSON Web Tokens and roles |
//! | [`feed`] | The stream of committed changes |
//! | [`repository`] | The store: its traits, its two implementations, and `stage`, which decides every write |
//! | [`telemetry`], [`spans`], [`causes`] | Logs, traces, and errors with their causes |
//! | [`error_code`] | The codes of errors: text, HTTP status, and who can fix the error |
//! | [`config`] | The settings, each declared once |
//! | [`domain`] | Videos, their history, filters, orders and pages, as plain values |
//!
//! # Where to begin reading
//!
//! 1. [`domain::Video`] and its values. A value that exists is valid: its constructor checked it.
//! 2. [`domain::VideoFilter::matches`] and [`domain::VideoOrder::compare`] define what a filter
//!    finds and in which order. Stores answer in SQL and are tested against these functions.
//! 3. [`repository::VideoRepository`], the contract of a store, and [`repository::stage`], which
//!    decides conflicts, versions and audit entries for all stores alike.
//! 4. [`graphql::Api`], which turns a request into a response.
//!
//! `ARCHITECTURE.md` explains the mechanisms and the invariants that hold everywhere, and
//! `docs/how-to/` the most common changes step by step.
//!
//! # How a request flows
//!
//! 1. [`http::serve`] accepts a connection and limits its size and speed. [`http::App`] gives the
//!    request an ID and routes it, and [`auth::Authenticator`] finds out who sends it.
//! 2. [`graphql::Api::check`] checks the document before anything runs: its size, its validity, its
//!    cost, and the types of its variables. A document that has been seen before is looked up in a
//!    cache.
//! 3. [`graphql::Api::execute`] resolves it. Reads go to a [`repository::VideoReader`]; rows of a
//!    list that need further reads are loaded together.
//! 4. A mutation becomes a [`repository::Write`]. The store loads what it touches, lets the stage
//!    decide, and commits the changes together with their audit entries.
//! 5. The commit wakes the [`feed::Feed`], which reads the audit log and hands the changes to
//!    subscriptions.
//!
//! # Embedding
//!
//! A program of your own needs a store, a feed and the API:
//!
//! ```
//! use std::sync::Arc;
//!
//! use reelgraph::domain::{RandomIds, SystemClock};
//! use reelgraph::feed::{Feed, FeedSettings};
//! use reelgraph::graphql::{Api, Services};
//! use reelgraph::repository::VideoRepository;
//! use reelgraph::repository::memory::MemoryRepository;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let repository: Arc<dyn VideoRepository> = Arc::new(MemoryRepository::new());
//! let feed = Feed::new(Arc::clone(&repository), Arc::new(SystemClock), FeedSettings::default());
//! let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
//! let api = Api::new(Services { repository, feed, clock, ids });
//! # drop(api);
//! # }
//! ```
//!
//! `examples/embedded.rs` serves such an API with axum, subscriptions included. Limits on bodies and
//! connections, authentication and compression are then up to the program.

// Both panic where nobody reads on. `command::output` has what commands print with.
#![warn(clippy::print_stdout, clippy::print_stderr)]

/// For tests in here that share files with tests of the whole.
#[cfg(test)]
extern crate self as reelgraph;

pub mod auth;
pub mod catalogue;
pub mod causes;
pub mod command;
pub mod config;
pub mod domain;
pub mod error_code;
pub mod feed;
pub mod graphql;
pub mod history;
pub mod http;
pub mod media;
pub mod metrics;
pub mod repository;
pub mod spans;
pub mod telemetry;
pub mod transfer;

/// Set here and not in the program, so that the benchmarks use it as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

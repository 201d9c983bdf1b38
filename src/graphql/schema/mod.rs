//! What clients see: the roots, their types and inputs, and pagination.

mod bulk;
pub mod catalogue_loaders;
pub mod connection;
pub mod cursor;
pub mod entity_id;
pub mod highlighters;
pub mod inputs;
pub mod list_size;
pub mod lists;
pub mod loaders;
pub mod log_pages;
pub mod missing_videos;
pub mod mutation;
pub mod paging;
pub mod place_seen;
mod plans;
pub mod query;
mod restoring;
pub mod scalars;
pub mod scan_mutations;
pub mod scope;
pub mod subscription;
pub mod types;
mod undoing;

//! The values of the library: videos, their history, filters, sort orders, pages and roles.
//!
//! Nothing in here does I/O, waits, or knows of a database, of GraphQL or of HTTP. A value that
//! exists is valid: its constructor saw to that.

pub mod address_key;
pub mod api_key;
pub mod audit;
pub mod audit_request;
pub mod catalogue;
#[cfg(test)]
#[path = "../../tests/integration/support/chance.rs"]
pub(crate) mod chance;
pub mod clock;
pub mod comparison;
pub mod day;
pub mod draft;
pub mod duplicates;
pub mod field;
pub mod file;
pub mod filter;
pub mod frame_rate;
mod hex;
pub mod log_place;
pub mod natural;
pub mod on_conflict;
pub mod order;
pub mod page;
pub mod past;
pub mod printable;
pub mod replay;
pub mod role;
#[cfg(test)]
pub(crate) mod samples;
pub mod scalars;
pub mod search;
pub mod stats;
pub mod timestamp;
pub mod undo;
pub mod video;

pub use address_key::AddressKey;
pub use api_key::{ApiKey, KeyId, KeyName};
pub use audit::{AuditEntry, AuditEntryId, AuditFilter, AuditOperation, FieldChange};
pub use audit_request::{AuditRequest, RequestChanges, RequestSummary};
pub use clock::{Clock, IdSource, RandomIds, SystemClock};
pub use day::Day;
pub use draft::VideoDraft;
pub use duplicates::{Duplicate, DuplicateGroup, DuplicateGroups, DuplicatePlace, Inode};
pub use field::{FieldValue, VideoField};
pub use file::{FileFact, FileFacts, PackedFacts};
pub use filter::VideoFilter;
pub use frame_rate::FrameRate;
pub use hex::Hex;
pub use log_place::LogPosition;
pub use natural::NaturalName;
pub use on_conflict::OnConflict;
pub use order::{Direction, OrderField, OrderKey, SortPosition, SortValue, VideoOrder};
pub use page::{Page, PageBuilder, PageRequest};
pub use printable::printable;
pub use replay::Replay;
pub use role::Role;
pub use scalars::{Dimension, Invalid, Quantity, Text};
pub use search::{SearchPosition, SearchQuery};
pub use stats::{Facet, FacetCount, VideoStats, VideoTotals};
pub use timestamp::Timestamp;
pub use undo::{UndoAction, UndoConflict, UndoItem, UndoPolicy};
pub use video::{NewVideo, Video, VideoId, VideoPatch, VideoValues};

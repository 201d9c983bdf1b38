//! Outputs: the types of the schema over the domain's values.

pub mod audit_entry;
pub mod audit_request;
pub mod entities;
pub mod library_changed;
pub mod media;
pub mod node;
pub mod payloads;
pub mod search_hit;
pub mod server_info;
pub mod stats_rows;
pub mod text_segment;
pub mod user_error;
pub mod video;
pub mod video_change;
pub mod video_stats;
pub mod viewer;

pub use audit_entry::AuditOperation;
pub use audit_request::AuditRequest;
pub use entities::{AuditEntry, AuditListing, Video, VideoListing};
pub use library_changed::LibraryChanged;
pub use node::Node;
pub use search_hit::{SearchHit, SearchListing};
pub use server_info::ServerInfo;
pub use text_segment::TextSegment;
pub use user_error::{UserError, UserErrorCode};
pub use video_change::VideoChange;
pub use video_stats::VideoStats;
pub use viewer::Viewer;

//! Inputs: the input types of the schema, and how they become domain values.

pub mod add_video;
pub mod audit_filter;
pub mod availability_filter;
pub mod bulk;
pub mod change_filter;
pub mod conditions;
pub mod faults;
pub mod filter_reader;
pub mod library_moment;
pub mod place;
pub mod restore_video;
pub mod scan_filter;
pub mod scans;
pub mod search_query;
pub mod time_bound;
pub mod undo_request;
pub mod update_video;
pub mod video_filter;
pub mod video_order;
pub mod video_patch;

pub use add_video::{AddVideoInput, AddVideosInput, InvalidVideos};
pub use audit_filter::AuditFilter;
pub use bulk::{DeleteVideosInput, UpdateVideosInput, VideoSelection};
pub use change_filter::change_filter;
pub use library_moment::LibraryMomentInput;
pub use restore_video::RestoreVideoInput;
pub use scan_filter::scan_filter;
pub use scans::{
    CancelScanInput, ConfirmScanInput, DeleteMissingVideosInput, MergeMovedVideoInput,
    ScanLibraryInput,
};
pub use search_query::search_query;
pub use undo_request::{UndoOrder, UndoRequestInput};
pub use update_video::{DeleteVideoInput, InvalidUpdate, UpdateVideoInput};
pub use video_filter::VideoFilter;
pub use video_order::VideoOrder;

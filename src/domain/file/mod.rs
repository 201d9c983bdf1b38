//! What scans find out about the files of videos.

pub mod aspect_ratio;
pub mod chapter;
pub mod facts;
pub mod fingerprint;
pub mod rotation;
pub mod stream;
pub mod thumbnail_width;

pub use aspect_ratio::AspectRatio;
pub use chapter::{Chapter, MediaTime};
pub use facts::{FileFact, FileFacts, PackedFacts};
pub use fingerprint::Fingerprint;
pub use rotation::Rotation;
pub use stream::{DynamicRange, MediaStream, MediaStreamKind};
pub use thumbnail_width::ThumbnailWidth;

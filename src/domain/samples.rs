//! Videos and entries for the tests of this crate's own files.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::{
    AuditEntry, AuditOperation, Dimension, FileFacts, FrameRate, IdSource, NewVideo, Quantity,
    Text, Timestamp, Video, VideoId, VideoValues,
};

/// A video at version 1 that has something in every field but its thumbnail.
pub fn video() -> Video {
    let NewVideo { id, values, .. } = new_video(1, "/a/b.mkv");
    let at = Timestamp::from_micros(7).unwrap();
    Video { id, values, created_at: at, updated_at: at, version: 1 }
}

/// Something in each fact of a file.
pub fn facts() -> FileFacts {
    let json = serde_json::json!({
        "missingSince": "1970-01-01T00:00:00.000007Z",
        "fileModifiedAt": "1970-01-01T00:00:00.000008Z",
        "fingerprint": "x3p1:000000000000000000000000000000ff",
        "container": "matroska",
        "bitRate": 4_000_000,
        "rotation": 90,
        "pixelAspectRatio": {"numerator": 16, "denominator": 11},
        "hasVariableFrameRate": false,
        "streams": [
            {
                "index": 0, "kind": "VIDEO", "codec": "hevc", "profile": "Main 10", "isDefault": true,
                "width": 3840, "height": 2160, "bitDepth": 10, "dynamicRange": "HDR10",
            },
            {
                "index": 1, "kind": "SUBTITLE", "codec": "subrip", "language": "eng",
                "title": "Signs", "isForced": true,
            },
        ],
        "chapters": [{"startSeconds": 0.0, "endSeconds": 61.5, "title": "Opening"}],
    });
    serde_json::from_value(json).unwrap()
}

/// The entry of a change of [`video`] that says nothing of it, at this place in the log.
pub fn entry(sequence: i64) -> AuditEntry {
    AuditEntry {
        sequence,
        entity_id: video().id,
        version: 1,
        operation: AuditOperation::Insert,
        timestamp: Timestamp::MIN,
        changes: Vec::new(),
        actor: None,
        request_id: None,
        write_end: sequence,
    }
}

/// A video to be added with this ID at this path.
pub fn new_video(id: u8, path: &str) -> NewVideo {
    let values = VideoValues {
        path: Text::new(path).unwrap(),
        filename: Text::new("b.mkv").unwrap(),
        duration_frames: Quantity::new(300).unwrap(),
        frame_rate: FrameRate::new(30000, 1001).unwrap(),
        width: Dimension::new(1920).unwrap(),
        height: Dimension::new(1080).unwrap(),
        video_codec: Text::new("h264").unwrap(),
        audio_codec: Some(Text::new("aac").unwrap()),
        file_size: Quantity::new(1_000_000).unwrap(),
        thumbnail_path: None,
        file: None,
    };
    NewVideo {
        id: VideoId::from_bytes([id; 16]),
        values,
        created_at: None,
        updated_at: None,
        is_known_by_path: false,
    }
}

/// IDs that count, from this number on.
pub struct CountedIds(pub AtomicU64);

impl IdSource for CountedIds {
    fn next_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

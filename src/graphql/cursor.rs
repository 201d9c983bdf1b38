//! Cursors: opaque text that holds a place in a connection, so that it outlives its row.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use crate::domain::{VideoId, VideoOrder, VideoPlace};

/// A place in one of the connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cursor {
    /// In the videos, in some order.
    Video {
        /// The order, which the place has a meaning in only.
        order: VideoOrder,
        /// The place.
        place: VideoPlace,
    },
    /// In the history of one video.
    History {
        /// The video.
        entity_id: VideoId,
        /// The version after the change.
        version: i32,
    },
    /// In the whole library's log.
    Log {
        /// The entry's place.
        sequence: i64,
    },
}

const DAMAGED: ApiError = ApiError::InvalidCursor(
    "the cursor is damaged: pass one unchanged, as cursor, startCursor or endCursor gave it",
);
const OF_ANOTHER_CONNECTION: ApiError = ApiError::InvalidCursor(
    "the cursor belongs to another connection: pass one that this connection gave",
);
const OF_ANOTHER_ORDER: ApiError = ApiError::InvalidCursor(
    "the cursor belongs to another order: pass the orderBy that it was given for",
);

impl Cursor {
    /// The cursor as text: base64url of its bytes and their CRC-32.
    pub fn encode(&self) -> String {
        let mut bytes = postcard::to_stdvec(self).expect("memory takes what postcard writes");
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn decode(text: &str) -> Result<Self, ApiError> {
        let cursor = Self::decode_loosely(text).ok_or(DAMAGED)?;
        // One cursor has one text: whatever else the decoders tolerate is damage.
        if cursor.encode() == text { Ok(cursor) } else { Err(DAMAGED) }
    }

    fn decode_loosely(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (bytes, checksum) = bytes.split_last_chunk()?;
        let is_sound = crc32fast::hash(bytes) == u32::from_be_bytes(*checksum);
        is_sound.then(|| postcard::from_bytes(bytes).ok())?
    }

    /// Reads a place in the videos in `order`.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged, or of another connection or order.
    pub fn video_place(text: &str, order: &VideoOrder) -> Result<VideoPlace, ApiError> {
        match Self::decode(text)? {
            Self::Video { order: its_order, .. } if its_order != *order => Err(OF_ANOTHER_ORDER),
            Self::Video { place, .. } if order.admits(&place) => Ok(place),
            Self::Video { .. } => Err(DAMAGED),
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }

    /// Reads a place in the history of a video.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged, or of another connection or video.
    pub fn version(text: &str, of: VideoId) -> Result<i32, ApiError> {
        match Self::decode(text)? {
            Self::History { entity_id, version } if entity_id == of => Ok(version),
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }

    /// Reads a place in the log.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged or of another connection.
    pub fn sequence(text: &str) -> Result<i64, ApiError> {
        match Self::decode(text)? {
            Self::Log { sequence } => Ok(sequence),
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }
}

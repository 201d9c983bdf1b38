//! Cursors: opaque text with a position in a connection, so that they outlive their rows.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::catalogue::{RootId, ScanId};
use crate::domain::{
    DuplicatePlace, LogPosition, SearchPosition, SearchQuery, SortPosition, Timestamp, VideoId,
    VideoOrder,
};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{JsonText, ScalarValue};
use crate::repository::catalogue::ScanPlace;

/// A place in one of the connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Cursor<'a> {
    /// In the videos, in some order.
    Video {
        /// The order, which the place has a meaning in only.
        order: Cow<'a, VideoOrder>,
        /// The place.
        place: SortPosition,
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
    /// In the result of a search.
    Search {
        /// The checksum of the query, which the place has a meaning in only.
        query: u32,
        /// The place.
        place: SearchPosition,
    },
    /// In the stream of all changes.
    Changes {
        /// The place.
        place: LogPosition,
    },
    /// Among the requests of the log.
    AuditRequests {
        /// The place of the request's first change.
        first_sequence: i64,
    },
    /// In the problems of a library root.
    Problems {
        /// The root's ID.
        root: [u8; 16],
        /// The path of the file or folder.
        path: Vec<u8>,
    },
    /// Among the scans.
    Scans {
        /// When the scan was asked for, in microseconds since 1970.
        created_at: i64,
        /// Its ID.
        id: [u8; 16],
    },
    /// In what differs between two moments.
    Differences {
        /// The video.
        video: VideoId,
    },
    /// Among the groups of videos with equal fingerprints.
    Duplicates {
        /// The place.
        place: DuplicatePlace,
    },
}

const DAMAGED: ApiError = ApiError::InvalidCursor(
    "the cursor is malformed: pass a value of cursor, startCursor or endCursor unchanged",
);
const OF_ANOTHER_CONNECTION: ApiError = ApiError::InvalidCursor(
    "the cursor belongs to another connection: pass a cursor from this one",
);
const OF_ANOTHER_ORDER: ApiError = ApiError::InvalidCursor(
    "the cursor belongs to another sort order: pass the orderBy that it was returned with",
);
const OF_ANOTHER_QUERY: ApiError = ApiError::InvalidCursor(
    "the cursor belongs to another search: pass the query that it was returned with",
);
const OF_NO_STREAM: ApiError = ApiError::InvalidCursor(
    "the cursor belongs to a list: pass one from videoChanges or changesCursor",
);

impl Cursor<'_> {
    /// A place in the result of a search.
    pub fn found(query: &SearchQuery, place: SearchPosition) -> Self {
        Self::Search { query: checksum(query), place }
    }

    /// A place in the problems of a root.
    pub fn of_problem(root: RootId, path: Vec<u8>) -> Self {
        Self::Problems { root: *root.as_bytes(), path }
    }

    /// A place among the scans.
    pub fn of_scan(place: ScanPlace) -> Self {
        Self::Scans { created_at: place.created_at.as_micros(), id: *place.id.as_bytes() }
    }

    /// The cursor as text: base64url of its bytes and their CRC-32.
    pub fn encode(&self) -> String {
        self.with_bytes(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Its bytes and their checksum; on the stack, where all but places among long texts have room.
    fn with_bytes<T>(&self, make: impl FnOnce(&[u8]) -> T) -> T {
        const ROOM: usize = 96;
        let checksum = |bytes: &[u8]| crc32fast::hash(bytes).to_be_bytes();
        let mut short = [0; ROOM + size_of::<u32>()];
        if let Ok(bytes) = postcard::to_slice(self, &mut short[..ROOM]) {
            let (end, checksum) = (bytes.len(), checksum(bytes));
            short[end..][..checksum.len()].copy_from_slice(&checksum);
            return make(&short[..end + checksum.len()]);
        }
        let mut long = postcard::to_stdvec(self).expect("memory takes what postcard writes");
        long.extend(checksum(&long));
        make(&long)
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
    pub fn video_place(text: &str, order: &VideoOrder) -> Result<SortPosition, ApiError> {
        match Self::decode(text)? {
            Self::Video { order: its_order, .. } if *its_order != *order => Err(OF_ANOTHER_ORDER),
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

    /// Reads a place among the requests of the log.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged or of another connection.
    pub fn first_sequence(text: &str) -> Result<i64, ApiError> {
        match Self::decode(text)? {
            Self::AuditRequests { first_sequence } => Ok(first_sequence),
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }

    /// Reads a place in the problems of a root.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged, or of another connection or root.
    pub fn problem_place(text: &str, of: RootId) -> Result<Vec<u8>, ApiError> {
        match Self::decode(text)? {
            Self::Problems { root, path } if root == *of.as_bytes() => Ok(path),
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }

    /// Reads a place among the scans.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged or of another connection.
    pub fn scan_place(text: &str) -> Result<ScanPlace, ApiError> {
        match Self::decode(text)? {
            Self::Scans { created_at, id } => {
                let created_at = Timestamp::from_micros(created_at).map_err(|_| DAMAGED)?;
                Ok(ScanPlace { created_at, id: ScanId::from_bytes(id) })
            }
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }

    /// Reads a place in what differs between two moments.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged or of another connection.
    pub fn difference_place(text: &str) -> Result<VideoId, ApiError> {
        match Self::decode(text)? {
            Self::Differences { video } => Ok(video),
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }

    /// Reads a place among the groups of videos with equal fingerprints.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged or of another connection.
    pub fn duplicate_place(text: &str) -> Result<DuplicatePlace, ApiError> {
        match Self::decode(text)? {
            Self::Duplicates { place } => Ok(place),
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }

    /// Reads a place in the stream of changes.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged or of a connection.
    pub fn log_place(text: &str) -> Result<LogPosition, ApiError> {
        match Self::decode(text)? {
            Self::Changes { place } => Ok(place),
            _ => Err(OF_NO_STREAM),
        }
    }

    /// Reads a place in what `query` finds.
    ///
    /// # Errors
    /// `InvalidCursor` when it is damaged, or of another connection or query.
    pub fn search_place(text: &str, query: &SearchQuery) -> Result<SearchPosition, ApiError> {
        match Self::decode(text)? {
            Self::Search { query: its_query, place } if its_query == checksum(query) => Ok(place),
            Self::Search { .. } => Err(OF_ANOTHER_QUERY),
            _ => Err(OF_ANOTHER_CONNECTION),
        }
    }
}

impl ScalarValue for Cursor<'_> {
    type Scalar = String;

    fn to_scalar(&self) -> String {
        self.encode()
    }

    fn write(&self, text: &mut JsonText<'_>) {
        self.with_bytes(|bytes| text.write_base64(bytes));
    }
}

/// The same for queries that mean the same, and mostly not for others; the text of a query would
/// make its cursors long.
fn checksum(query: &SearchQuery) -> u32 {
    crc32fast::hash(&postcard::to_stdvec(query).expect("memory takes what postcard writes"))
}

#[cfg(test)]
mod golden;

#[cfg(test)]
mod tests;

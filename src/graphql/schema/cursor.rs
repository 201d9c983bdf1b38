//! Cursors: opaque text with a position in a connection, so that they outlive their rows.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::{LogPosition, SearchPosition, SearchQuery, SortPosition, VideoId, VideoOrder};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{JsonText, ScalarValue};

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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::search::Tier;
    use crate::domain::{Direction, OrderField, OrderKey, SortValue, Timestamp};

    fn by_path() -> VideoOrder {
        VideoOrder::by(vec![OrderKey { field: OrderField::Path, direction: Direction::Asc }])
    }

    #[test]
    fn a_cursor_of_any_length_comes_back() {
        for length in (1..200).chain([4_096]) {
            let place = SortPosition { keys: vec![SortValue::Text("p".repeat(length))], id: id() };
            let order = Cow::Owned(by_path());
            let cursor = Cursor::Video { order, place: place.clone() }.encode();
            assert!(Cursor::video_place(&cursor, &by_path()).is_ok_and(|read| read == place));
        }
    }

    fn place() -> SortPosition {
        SortPosition { keys: vec![SortValue::Text("/a".to_owned())], id: id() }
    }

    fn query(text: &str) -> SearchQuery {
        SearchQuery::parse(text).unwrap()
    }

    fn found_place() -> SearchPosition {
        SearchPosition { tier: Tier::PathWhole, created_at: Timestamp::MIN, id: id() }
    }

    fn id() -> VideoId {
        VideoId::from_bytes([7; 16])
    }

    #[track_caller]
    fn refused<T>(read: Result<T, ApiError>, why: &str) {
        let Some(ApiError::InvalidCursor(message)) = read.err() else {
            panic!("not refused as a cursor");
        };
        assert!(message.contains(why), "{message}");
    }

    #[test]
    fn a_cursor_is_read_by_its_own_connection_and_order_only() {
        let video = Cursor::Video { order: Cow::Owned(by_path()), place: place() }.encode();
        let version = Cursor::History { entity_id: id(), version: 3 }.encode();
        let sequence = Cursor::Log { sequence: 4 }.encode();
        let found = Cursor::found(&query("two"), found_place()).encode();
        let log_place = LogPosition { sequence: 4, fingerprint: 5 };
        let change = Cursor::Changes { place: log_place }.encode();
        let request = Cursor::AuditRequests { first_sequence: 4 }.encode();

        assert!(Cursor::video_place(&video, &by_path()).is_ok_and(|read| read == place()));
        assert!(Cursor::version(&version, id()).is_ok_and(|read| read == 3));
        assert!(Cursor::sequence(&sequence).is_ok_and(|read| read == 4));
        assert!(Cursor::search_place(&found, &query("Two")).is_ok_and(|it| it == found_place()));
        assert!(Cursor::log_place(&change).is_ok_and(|read| read == log_place));
        assert!(Cursor::first_sequence(&request).is_ok_and(|read| read == 4));

        refused(Cursor::video_place(&video, &VideoOrder::default()), "another sort order");
        refused(Cursor::video_place(&sequence, &by_path()), "another connection");
        refused(Cursor::version(&version, VideoId::from_bytes([8; 16])), "another connection");
        refused(Cursor::version(&sequence, id()), "another connection");
        refused(Cursor::sequence(&version), "another connection");
        refused(Cursor::sequence(&found), "another connection");
        refused(Cursor::search_place(&video, &query("two")), "another connection");
        refused(Cursor::sequence(&change), "another connection");
        refused(Cursor::log_place(&sequence), "belongs to a list");
        refused(Cursor::log_place(&request), "belongs to a list");
        refused(Cursor::sequence(&request), "another connection");
        refused(Cursor::first_sequence(&sequence), "another connection");
        for other in ["", "to", "two towers", "\"two\"", "-two"] {
            refused(Cursor::search_place(&found, &query(other)), "another search");
        }
    }

    #[test]
    fn a_place_that_its_order_does_not_admit_is_damaged() {
        let place = SortPosition { keys: vec![SortValue::Integer(1)], id: id() };
        let cursor = Cursor::Video { order: Cow::Owned(by_path()), place }.encode();
        refused(Cursor::video_place(&cursor, &by_path()), "malformed");
    }

    #[test]
    fn a_cursor_with_one_character_changed_added_or_cut_is_damaged() {
        let cursor = Cursor::Video { order: Cow::Owned(by_path()), place: place() }.encode();
        let read = |text: &str| Cursor::video_place(text, &by_path());
        for at in 0..cursor.len() {
            for other in ["", "A", "B", "_", "=", " ", "é"] {
                let changed = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
                if changed != cursor {
                    refused(read(&changed), "malformed");
                }
                if !other.is_empty() {
                    let longer = format!("{}{other}{}", &cursor[..at], &cursor[at..]);
                    refused(read(&longer), "malformed");
                }
            }
            refused(read(&cursor[..at]), "malformed");
        }
        refused(read(&format!("{cursor}=")), "malformed");
    }

    #[test]
    fn another_text_for_the_same_bytes_is_damaged() {
        // Of these seven bytes' last character, four bits are to spare.
        let mut spare = Cursor::Log { sequence: 100 }.encode();
        let last = u8::try_from(spare.pop().unwrap()).unwrap();
        spare.push(char::from(last + 1));
        refused(Cursor::sequence(&spare), "malformed");
        // A sound checksum over a number that is written longer than it need be.
        let mut bytes = vec![2, 0x88, 0x00];
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        refused(Cursor::sequence(&URL_SAFE_NO_PAD.encode(bytes)), "malformed");
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in ".*") {
            refused(Cursor::video_place(&text, &by_path()), "malformed");
        }

        #[test]
        fn any_bytes_with_a_sound_checksum_do_not_panic(mut bytes: Vec<u8>) {
            bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
            let text = URL_SAFE_NO_PAD.encode(bytes);
            let _ = Cursor::video_place(&text, &by_path());
            let _ = Cursor::version(&text, id());
            let _ = Cursor::sequence(&text);
            let _ = Cursor::search_place(&text, &query("two"));
            let _ = Cursor::log_place(&text);
            let _ = Cursor::first_sequence(&text);
        }
    }
}

//! Ranks: how well a video fits a query, and the order of a result.

use std::cmp::{Ordering, Reverse};

use serde::{Deserialize, Serialize};

use super::query::{SearchQuery, SearchTerm};
use super::words::SearchWords;
use crate::domain::timestamp::Timestamp;
use crate::domain::video::{VideoId, VideoValues};

/// The two texts of a video that are searched. Made once, they serve any number of queries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoWords {
    /// The words of its name.
    pub filename: SearchWords,
    /// The words of its whole path.
    pub path: SearchWords,
}

impl VideoWords {
    /// The words of a video.
    pub fn of(values: &VideoValues) -> Self {
        Self::of_names(values.filename.as_str(), values.path.as_str())
    }

    /// The words of a video with this filename and this path.
    pub fn of_names(filename: &str, path: &str) -> Self {
        Self { filename: SearchWords::of(filename), path: SearchWords::of(path) }
    }

    fn contains(&self, phrase: &SearchWords) -> bool {
        self.filename.contains(phrase) || self.path.contains(phrase)
    }
}

/// How well a video matches a query; the best comes first.
///
/// Phrases, and runs in scripts that are written without spaces, always count as whole words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Tier {
    /// The query is the whole filename, with or without its extension, or the whole path.
    Exact,
    /// The filename has every term, as whole words.
    FilenameWhole,
    /// The filename has every term, one of them as the start of a word only.
    FilenameStart,
    /// Some term is only in the path; every term matches whole words.
    PathWhole,
    /// Some term is only in the path, and some only matches the start of a word.
    PathStart,
}

impl Tier {
    /// Every tier, the best first.
    pub const ALL: [Self; 5] =
        [Self::Exact, Self::FilenameWhole, Self::FilenameStart, Self::PathWhole, Self::PathStart];

    /// The tiers of matches by words.
    const OF_WORDS: [Self; 4] =
        [Self::FilenameWhole, Self::FilenameStart, Self::PathWhole, Self::PathStart];

    /// The tier as a number that falls along a result: 1.25, 1, 0.75, 0.5 and 0.25.
    ///
    /// It depends on the video and the query only, not on the rest of the library, so it is the
    /// same in every store at all times.
    pub fn score(self) -> f64 {
        match self {
            Self::Exact => 1.25,
            Self::FilenameWhole => 1.0,
            Self::FilenameStart => 0.75,
            Self::PathWhole => 0.5,
            Self::PathStart => 0.25,
        }
    }

    /// Whether a term satisfies this tier or a better one.
    fn admits(self, term: &SearchTerm, video: &VideoWords) -> bool {
        let VideoWords { filename, path } = video;
        match self {
            Self::Exact => false,
            Self::FilenameWhole => term.holds_whole_in(filename),
            Self::FilenameStart => term.holds_in(filename),
            Self::PathWhole => term.holds_whole_in(filename) || term.holds_whole_in(path),
            Self::PathStart => term.holds_in(filename) || term.holds_in(path),
        }
    }
}

/// In a cursor: the numbers of four tiers are older than the fifth, and never change.
impl From<Tier> for u8 {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::FilenameWhole => 0,
            Tier::FilenameStart => 1,
            Tier::PathWhole => 2,
            Tier::PathStart => 3,
            Tier::Exact => 4,
        }
    }
}

impl TryFrom<u8> for Tier {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        let tier = Self::ALL.into_iter().find(|tier| u8::from(*tier) == number);
        tier.ok_or("there is no such tier")
    }
}

impl SearchQuery {
    /// How well a video matches; none if it does not. This defines the search for every store.
    pub fn rank(&self, values: &VideoValues) -> Option<Tier> {
        self.rank_names(values.filename.as_str(), values.path.as_str())
    }

    /// The same for a video with this filename and this path.
    pub fn rank_names(&self, filename: &str, path: &str) -> Option<Tier> {
        if self.is_exact(filename, path) {
            return Some(Tier::Exact);
        }
        let filename = SearchWords::of(filename);
        // Most of what is found need not be looked for in the path.
        if let Some(tier) = self.tier_by_filename(&filename) {
            return Some(tier);
        }
        let path = SearchWords::of(path);
        self.tier(&VideoWords { filename, path })
    }

    /// The tier that follows from the filename alone.
    fn tier_by_filename(&self, filename: &SearchWords) -> Option<Tier> {
        if self.requires_nothing() || !self.excluded().is_empty() {
            return None;
        }
        let all = |holds: fn(&SearchTerm, &SearchWords) -> bool| {
            self.required().iter().all(|term| holds(term, filename))
        };
        if all(SearchTerm::holds_whole_in) {
            return Some(Tier::FilenameWhole);
        }
        all(SearchTerm::holds_in).then_some(Tier::FilenameStart)
    }

    /// Whether a video matches by words.
    pub fn matches(&self, video: &VideoWords) -> bool {
        !self.requires_nothing()
            && self.is_admitted(Tier::PathStart, video)
            && !self.excluded().iter().any(|phrase| video.contains(phrase))
    }

    /// How well a video matches by words; none if it does not.
    pub fn tier(&self, video: &VideoWords) -> Option<Tier> {
        if !self.matches(video) {
            return None;
        }
        Tier::OF_WORDS.into_iter().find(|tier| self.is_admitted(*tier, video))
    }

    fn is_admitted(&self, tier: Tier, video: &VideoWords) -> bool {
        self.required().iter().all(|term| tier.admits(term, video))
    }
}

/// A position in the result of a search. It contains all that is compared, so it outlives its
/// video. The order is total: by tier, then the newest first, then the highest ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SearchPosition {
    /// How well the video fits.
    pub tier: Tier,
    /// When its record was added.
    #[serde(with = "micros")]
    pub created_at: Timestamp,
    /// Its ID.
    pub id: VideoId,
}

impl Ord for SearchPosition {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |place: &Self| (place.tier, Reverse((place.created_at, place.id)));
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for SearchPosition {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A time in a cursor: microseconds since 1970 began.
mod micros {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use super::Timestamp;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_micros())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_micros(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOWERS: (&str, &str) =
        ("The.Two.Towers.2002.1080p.mkv", "/media/Lord of the Rings/The.Two.Towers.2002.1080p.mkv");
    const PENGUIN: (&str, &str) = (
        "劇場版 ペンギン・ハイウェイ Penguin Highway The Movie.mp4",
        "/media/劇場版 ペンギン・ハイウェイ Penguin Highway The Movie.mp4",
    );

    #[track_caller]
    fn finds((filename, path): (&str, &str), cases: &[(&str, Option<Tier>)]) {
        let video = VideoWords { filename: SearchWords::of(filename), path: SearchWords::of(path) };
        for (text, tier) in cases {
            let query = SearchQuery::parse(text).unwrap();
            assert_eq!(query.tier(&video), *tier, "{text}");
            assert_eq!(query.matches(&video), tier.is_some(), "{text}");
        }
    }

    #[test]
    fn the_filename_ranks_above_the_path_and_a_whole_word_above_a_start() {
        finds(
            TOWERS,
            &[
                ("towers 1080P", Some(Tier::FilenameWhole)),
                ("towers 1080", Some(Tier::FilenameStart)),
                ("towers rings", Some(Tier::PathWhole)),
                ("tow ring", Some(Tier::PathStart)),
                ("tow rings", Some(Tier::PathStart)),
                ("lord", Some(Tier::PathWhole)),
                ("t", Some(Tier::FilenameStart)),
                ("owers", None),
                ("towers hobbit", None),
            ],
        );
    }

    #[test]
    fn a_start_in_the_filename_ranks_above_a_whole_word_in_the_path() {
        finds(
            ("Hotels.mkv", "/media/hotel/Hotels.mkv"),
            &[("hotel", Some(Tier::FilenameStart)), ("hotel media", Some(Tier::PathWhole))],
        );
    }

    #[test]
    fn a_filename_need_not_be_in_the_path() {
        finds(
            ("Penguin.mkv", "/media/0001"),
            &[
                ("penguin", Some(Tier::FilenameWhole)),
                ("penguin media", Some(Tier::PathWhole)),
                ("penguin med", Some(Tier::PathStart)),
                ("media -penguin", None),
            ],
        );
    }

    #[test]
    fn a_phrase_stands_in_one_text_and_whole() {
        finds(
            TOWERS,
            &[
                ("\"two towers\"", Some(Tier::FilenameWhole)),
                ("\"of the rings the two\"", Some(Tier::PathWhole)),
                ("\"two tow\"", None),
                ("\"towers two\"", None),
                ("\"mkv media\"", None),
            ],
        );
    }

    #[test]
    fn an_excluded_word_occurs_nowhere_as_a_whole_word() {
        finds(
            TOWERS,
            &[
                ("\"two towers\" -cam", Some(Tier::FilenameWhole)),
                ("towers -tower", Some(Tier::FilenameWhole)),
                ("towers -towers", None),
                ("towers -lord", None),
                ("towers -\"towers two\"", Some(Tier::FilenameWhole)),
                ("towers -\"lord of\"", None),
                ("towers -2002.1080p", None),
                ("-cam", None),
            ],
        );
    }

    #[test]
    fn a_script_without_spaces_is_found_anywhere_in_a_run() {
        finds(
            PENGUIN,
            &[
                ("ペンギン", Some(Tier::FilenameWhole)),
                ("ギ", Some(Tier::FilenameWhole)),
                ("ンギ high", Some(Tier::FilenameStart)),
                ("ﾍﾟﾝｷﾞﾝ", Some(Tier::FilenameWhole)),
                ("ンハ", None),
                ("ハイ ペン", Some(Tier::FilenameWhole)),
                ("\"ペンギン ハイ\"", Some(Tier::FilenameWhole)),
                ("ハイ -ンギ", None),
                ("ハイ -ンハ", Some(Tier::FilenameWhole)),
            ],
        );
    }

    #[test]
    fn case_accents_and_width_do_not_count() {
        for (name, query) in [
            ("Bunker Palace Hôtel.avi", "hotel"),
            ("Bunker Palace Hotel.avi", "HÔTEL"),
            ("Große Straße.mkv", "strasse"),
            ("STRASSE.mkv", "straße"),
            ("Chef d'œuvre.mkv", "oeuvre"),
            ("Oeuvre.mkv", "Œuvre"),
            ("Pure.Laine.(Québec).avi", "ｑｕｅｂｅｃ"),
            ("Vikings Сезон 3.mkv", "СЕЗОН"),
        ] {
            finds((name, name), &[(query, Some(Tier::FilenameWhole))]);
        }
    }

    #[test]
    fn scores_fall_from_tier_to_tier() {
        assert!(Tier::ALL.is_sorted());
        assert_eq!(Tier::ALL.map(Tier::score), [1.25, 1.0, 0.75, 0.5, 0.25]);
    }

    fn place(tier: Tier, micros: i64, id: u8) -> SearchPosition {
        let created_at = Timestamp::from_micros(micros).unwrap();
        SearchPosition { tier, created_at, id: VideoId::from_bytes([id; 16]) }
    }

    #[test]
    fn places_go_by_tier_then_the_newest_then_the_highest_id() {
        let places = [
            place(Tier::FilenameWhole, 2, 1),
            place(Tier::FilenameWhole, 1, 9),
            place(Tier::FilenameWhole, 1, 8),
            place(Tier::PathStart, 3, 9),
        ];
        assert!(places.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = place(Tier::PathWhole, -7, 3);
        let written = postcard::to_stdvec(&place).unwrap();
        assert_eq!(postcard::from_bytes::<SearchPosition>(&written).unwrap(), place);
        let mut year_10000 = serde_json::to_value(place).unwrap();
        year_10000["created_at"] = (Timestamp::MAX.as_micros() + 1).into();
        assert!(serde_json::from_value::<SearchPosition>(year_10000).is_err());
    }
}

//! Filters for videos.
//!
//! [`VideoFilter::matches`] defines what a filter matches. Stores that use SQL find the same
//! videos.

use std::borrow::Cow;

use super::catalogue::{Placement, RootId};
use super::search::SearchQuery;
use super::timestamp::Timestamp;
use super::video::{Video, VideoId};

pub use super::comparison::Comparison;

/// A condition on videos.
#[derive(Clone, Debug, PartialEq)]
pub enum VideoFilter {
    /// All of these hold; an empty list matches every video.
    All(Vec<Self>),
    /// At least one of these holds; an empty list matches no video.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// The ID is as tested.
    Id(IdTest),
    /// A text is as tested.
    Text(TextField, TextTest),
    /// A whole number is as tested.
    Integer(IntegerField, IntegerTest),
    /// A real number compares so with a bound.
    Real(RealField, Comparison, f64),
    /// A search finds it.
    Search(SearchQuery),
    /// The file that a scan found for it is as tested.
    File(FileTest),
}

/// A condition on an ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdTest<T = VideoId> {
    /// It is one of these.
    In(Vec<T>),
    /// It is not one of these, or there is no value.
    NotIn(Vec<T>),
    /// There is no value or, if false, there is one.
    IsNull(bool),
}

impl IdTest {
    /// Whether it holds for the ID of a video, which every video has.
    fn holds(&self, id: VideoId) -> bool {
        match self {
            Self::In(wanted) => wanted.contains(&id),
            Self::NotIn(unwanted) => !unwanted.contains(&id),
            Self::IsNull(wanted) => !wanted,
        }
    }
}

/// A condition on the file of a video: there is one, and it is as tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileTest {
    /// In any way.
    Exists,
    /// It is in one of these roots.
    In(Vec<RootId>),
    /// Its disk was there at the last scan, and it is in none of these roots, which cannot be reached.
    Reachable(Vec<RootId>),
}

impl FileTest {
    fn holds(&self, file: Option<Placement>) -> bool {
        file.is_some_and(|file| match self {
            Self::Exists => true,
            Self::In(roots) => roots.contains(&file.root),
            Self::Reachable(offline) => !file.is_unreachable && !offline.contains(&file.root),
        })
    }
}

/// The texts of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    /// Its path.
    Path,
    /// Its name.
    Filename,
    /// Its video codec.
    VideoCodec,
    /// Its audio codec, which it need not have.
    AudioCodec,
    /// What stands for the content of its file, if that was read.
    Fingerprint,
}

impl TextField {
    /// Every text.
    pub const ALL: [Self; 5] =
        [Self::Path, Self::Filename, Self::VideoCodec, Self::AudioCodec, Self::Fingerprint];

    fn of(self, video: &Video) -> Option<Cow<'_, str>> {
        let values = &video.values;
        let text = match self {
            Self::Path => Some(&values.path),
            Self::Filename => Some(&values.filename),
            Self::VideoCodec => Some(&values.video_codec),
            Self::AudioCodec => values.audio_codec.as_ref(),
            Self::Fingerprint => {
                return values.facts().fingerprint.map(|it| it.to_string().into());
            }
        };
        text.map(|text| text.as_str().into())
    }
}

/// A condition on a text, which compares byte by byte. A missing text is unequal to every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// It is this.
    Eq(String),
    /// Not equal to this, or there is no value.
    Ne(String),
    /// It is one of these.
    In(Vec<String>),
    /// None of these, or there is no value.
    NotIn(Vec<String>),
    /// Starts with this.
    StartsWith(String),
    /// It ends with this.
    EndsWith(String),
    /// This occurs in it.
    Contains(String),
    /// There is no value or, if false, there is one.
    IsNull(bool),
}

impl TextTest {
    fn holds(&self, text: Option<&str>) -> bool {
        match self {
            Self::Eq(wanted) => text == Some(wanted),
            Self::Ne(unwanted) => text != Some(unwanted),
            Self::In(wanted) => text.is_some_and(|text| wanted.iter().any(|one| one == text)),
            Self::NotIn(unwanted) => text.is_none_or(|text| unwanted.iter().all(|one| one != text)),
            Self::StartsWith(start) => text.is_some_and(|text| text.starts_with(start)),
            Self::EndsWith(end) => text.is_some_and(|text| text.ends_with(end)),
            Self::Contains(part) => text.is_some_and(|text| text.contains(part)),
            Self::IsNull(wanted) => text.is_none() == *wanted,
        }
    }
}

/// The whole numbers of a video; times count as microseconds since 1970 began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntegerField {
    /// In pixels.
    Width,
    /// In pixels.
    Height,
    /// In bytes.
    FileSize,
    /// When the record was added.
    CreatedAt,
    /// When the record last changed.
    UpdatedAt,
    /// Since when the file has been missing, if it is.
    MissingSince,
}

impl IntegerField {
    /// Every whole number.
    pub const ALL: [Self; 6] = [
        Self::Width,
        Self::Height,
        Self::FileSize,
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::MissingSince,
    ];

    /// Whether there are videos without it.
    pub fn is_optional(self) -> bool {
        self == Self::MissingSince
    }

    fn of(self, video: &Video) -> Option<i64> {
        Some(match self {
            Self::Width => video.values.width.get().into(),
            Self::Height => video.values.height.get().into(),
            Self::FileSize => video.values.file_size.get(),
            Self::CreatedAt => video.created_at.as_micros(),
            Self::UpdatedAt => video.updated_at.as_micros(),
            Self::MissingSince => video.values.facts().missing_since?.as_micros(),
        })
    }
}

/// A condition on a whole number. A missing one is unequal to every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntegerTest {
    /// It is this.
    Eq(i64),
    /// Not equal to this, or there is no value.
    Ne(i64),
    /// It is one of these.
    In(Vec<i64>),
    /// It compares so with a bound.
    Is(Comparison, i64),
    /// There is no value or, if false, there is one.
    IsNull(bool),
}

impl IntegerTest {
    fn holds(&self, number: Option<i64>) -> bool {
        match self {
            Self::Eq(wanted) => number == Some(*wanted),
            Self::Ne(unwanted) => number != Some(*unwanted),
            Self::In(wanted) => number.is_some_and(|number| wanted.contains(&number)),
            Self::Is(comparison, bound) => {
                number.is_some_and(|number| comparison.holds(&number, bound))
            }
            Self::IsNull(wanted) => number.is_none() == *wanted,
        }
    }
}

/// The real numbers of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RealField {
    /// Frames per second.
    FrameRate,
    /// The duration.
    DurationSeconds,
}

impl RealField {
    /// Every real number.
    pub const ALL: [Self; 2] = [Self::FrameRate, Self::DurationSeconds];

    fn of(self, video: &Video) -> f64 {
        match self {
            Self::FrameRate => video.values.frame_rate.fps(),
            Self::DurationSeconds => video.values.duration_seconds(),
        }
    }
}

impl VideoFilter {
    /// The filter that every video passes.
    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// What a filter does not match.
    pub fn except(filter: Self) -> Self {
        Self::Not(Box::new(filter))
    }

    /// The filter that the root of the file is as tested.
    pub fn root(test: IdTest<RootId>) -> Self {
        match test {
            IdTest::In(wanted) => Self::File(FileTest::In(wanted)),
            IdTest::NotIn(unwanted) => Self::except(Self::File(FileTest::In(unwanted))),
            IdTest::IsNull(false) => Self::File(FileTest::Exists),
            IdTest::IsNull(true) => Self::except(Self::File(FileTest::Exists)),
        }
    }

    /// The filter that a time compares so with a bound.
    pub fn time(field: IntegerField, is: Comparison, bound: Timestamp) -> Self {
        Self::Integer(field, IntegerTest::Is(is, bound.as_micros()))
    }

    /// Whether it matches every video, as far as that can be determined without looking at one.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::All(parts) if parts.iter().all(Self::is_everything))
    }

    /// The number of its conditions.
    pub fn conditions(&self) -> u64 {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::conditions).sum(),
            Self::Not(part) => part.conditions(),
            Self::Id(_) | Self::Text(..) | Self::Integer(..) | Self::Real(..) => 1,
            Self::Search(_) | Self::File(_) => 1,
        }
    }

    /// The number of its searches.
    pub fn searches(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::searches).sum(),
            Self::Not(part) => part.searches(),
            Self::Search(_) => 1,
            Self::Id(_) | Self::Text(..) | Self::Integer(..) | Self::Real(..) => 0,
            Self::File(_) => 0,
        }
    }

    /// Whether it depends on the files of videos.
    pub fn is_on_files(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::is_on_files),
            Self::Not(part) => part.is_on_files(),
            Self::File(_) => true,
            Self::Id(_) | Self::Text(..) | Self::Integer(..) | Self::Real(..) => false,
            Self::Search(_) => false,
        }
    }

    /// A search that must hold, and the conditions that must hold in addition; none if no search must
    /// hold.
    pub fn split_search(&self) -> Option<(SearchQuery, Self)> {
        let mut others = Vec::new();
        let query = self.take_search(&mut others)?;
        Some((query, Self::All(others)))
    }

    /// The first search that must hold, with all else that must in `others`.
    fn take_search(&self, others: &mut Vec<Self>) -> Option<SearchQuery> {
        match self {
            Self::Search(query) => Some(query.clone()),
            Self::All(parts) => {
                let (index, query) = parts
                    .iter()
                    .enumerate()
                    .find_map(|(index, part)| Some((index, part.take_search(others)?)))?;
                let rest = parts.iter().enumerate().filter(|(other, _)| *other != index);
                others.extend(rest.map(|(_, part)| part.clone()));
                Some(query)
            }
            _ => None,
        }
    }

    /// Whether it only matches videos with one of the IDs, paths or filenames that it names.
    pub fn is_by_name(&self) -> bool {
        match self {
            Self::All(parts) => parts.iter().any(Self::is_by_name),
            Self::Id(test) => matches!(test, IdTest::In(_)),
            Self::Text(TextField::Path | TextField::Filename, test) => {
                matches!(test, TextTest::Eq(_) | TextTest::In(_))
            }
            _ => false,
        }
    }

    /// Whether it only depends on what the videos of a [kind](super::stats::VideoKind) have in
    /// common.
    pub fn is_on_kinds(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_on_kinds),
            Self::Not(part) => part.is_on_kinds(),
            Self::Id(_) | Self::Search(_) | Self::File(_) => false,
            Self::Text(field, _) => matches!(field, TextField::VideoCodec | TextField::AudioCodec),
            Self::Integer(field, _) => matches!(field, IntegerField::Width | IntegerField::Height),
            Self::Real(field, ..) => *field == RealField::FrameRate,
        }
    }

    /// Whether it matches a video, whose file is there. This defines the filter for every store.
    pub fn matches(&self, video: &Video, file: Option<Placement>) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(video, file)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(video, file)),
            Self::Not(part) => !part.matches(video, file),
            Self::Id(test) => test.holds(video.id),
            Self::Text(field, test) => test.holds(field.of(video).as_deref()),
            Self::Integer(field, test) => test.holds(field.of(video)),
            Self::Real(field, comparison, bound) => comparison.holds(&field.of(video), bound),
            Self::Search(query) => query.rank(&video.values).is_some(),
            Self::File(test) => test.holds(file),
        }
    }
}

#[cfg(test)]
mod tests;

//! The filter for videos, used everywhere.

use std::cell::Cell;

use async_graphql::{InputObject, InputType, MaybeUndefined};

use super::availability_filter::AvailabilityFilter;
use super::conditions::{DateTimeFilter, IdFilter, IntegerFilter, RangeBounds, StringFilter};
use super::filter_reader::{FilesKnown, FilterLimits, FilterParser, MAX_SEARCHES};
use crate::domain;
use crate::domain::catalogue::RootId;
use crate::domain::filter::{IntegerField, IntegerTest, RealField, TextField};
use crate::graphql::error::ApiError;
use crate::graphql::schema::entity_id::EntityId;
use crate::graphql::schema::scalars::SafeInt;

/// Everything given must hold, and whatever is left out is no condition: `{}` and `and: []` match every
/// video, `or: []` and `in: []` none. `not` is the exact complement, and `ne` also matches a video that
/// has no value. An explicit null anywhere inside a filter is an error (BAD_USER_INPUT), never "no
/// condition": `isNull` asks for it. At most 10 levels and 200 conditions.
#[derive(Default, InputObject)]
pub struct VideoFilter {
    /// All of these conditions hold.
    and: MaybeUndefined<Vec<VideoFilter>>,
    /// At least one of these conditions holds.
    or: MaybeUndefined<Vec<VideoFilter>>,
    /// This condition does not hold.
    not: MaybeUndefined<Box<VideoFilter>>,
    /// Path of the file.
    path: MaybeUndefined<StringFilter>,
    /// Filename.
    filename: MaybeUndefined<StringFilter>,
    /// Video codec.
    video_codec: MaybeUndefined<StringFilter>,
    /// Audio codec.
    audio_codec: MaybeUndefined<StringFilter>,
    /// Pixels.
    width: MaybeUndefined<IntegerFilter<i32>>,
    /// Pixels.
    height: MaybeUndefined<IntegerFilter<i32>>,
    /// Frames per second.
    frame_rate: MaybeUndefined<RangeBounds<f64>>,
    /// Duration in seconds.
    duration_seconds: MaybeUndefined<RangeBounds<f64>>,
    /// Bytes.
    file_size: MaybeUndefined<IntegerFilter<SafeInt>>,
    /// Time when the record was added.
    created_at: MaybeUndefined<DateTimeFilter>,
    /// Time when the record last changed.
    updated_at: MaybeUndefined<DateTimeFilter>,
    /// ID of the video.
    id: MaybeUndefined<IdFilter>,
    /// Videos that `searchVideos` finds with this query, its exact matches included: so statistics, other orders, past
    /// states and bulk changes work on the hits of a search. Text without a word that must occur and that is no whole
    /// filename or path finds nothing, so leave it out while a search box is empty; under `not` it is every video. 1,000
    /// characters and 64 words at most, and 2 of these in a filter: BAD_USER_INPUT beyond. Allowed wherever a
    /// VideoFilter is, `searchVideos` itself included (then both must hold).
    search: MaybeUndefined<String>,
    /// What stands for the content of the file.
    fingerprint: MaybeUndefined<StringFilter>,
    /// Time since when the file has been missing.
    missing_since: MaybeUndefined<DateTimeFilter>,
    /// Whether the file is where the library says.
    availability: MaybeUndefined<AvailabilityFilter>,
    /// ID of the library root whose scan found the file.
    root_id: MaybeUndefined<IdFilter>,
}

impl VideoFilter {
    /// The filter in the form of the domain; if none is given, it matches every video.
    ///
    /// # Errors
    /// `BadUserInput` when it has a null inside, or is too deep or too long.
    pub fn parse(
        given: Option<Self>,
        limits: FilterLimits,
        files: FilesKnown<'_>,
    ) -> Result<domain::VideoFilter, ApiError> {
        match given {
            Some(filter) => {
                let filter =
                    filter.read(&FilterParser::of_argument(&Cell::new(0), limits, files))?;
                expect_few_searches(&filter)?;
                Ok(filter)
            }
            None => Ok(domain::VideoFilter::everything()),
        }
    }

    /// Whether there is a condition on availability in it, which depends on roots.
    pub fn asks_for_availability(&self) -> bool {
        let lists = [&self.and, &self.or].into_iter().filter_map(|list| list.value());
        let not = self.not.value().into_iter().map(|filter| &**filter);
        self.availability.is_value() || lists.flatten().chain(not).any(Self::asks_for_availability)
    }

    fn read(self, reader: &FilterParser<'_>) -> Result<domain::VideoFilter, ApiError> {
        use domain::VideoFilter as Filter;
        let mut parts = Parts { reader, all: Vec::new() };
        if let Some((place, filters)) = reader.given("and", self.and)? {
            parts.all.push(Filter::All(read_all(filters, &place)?));
        }
        if let Some((place, filters)) = reader.given("or", self.or)? {
            parts.all.push(Filter::Any(read_all(filters, &place)?));
        }
        if let Some((place, filter)) = reader.given("not", self.not)? {
            parts.all.push(Filter::except(filter.read(&place.deeper()?)?));
        }
        if let Some((place, filter)) = reader.given("id", self.id)? {
            let tests = filter.parse(&place, |id| id.parse().ok())?;
            parts.all.extend(tests.into_iter().map(Filter::Id));
        }
        parts.text(TextField::Path, "path", self.path)?;
        parts.text(TextField::Filename, "filename", self.filename)?;
        parts.text(TextField::VideoCodec, "videoCodec", self.video_codec)?;
        parts.text(TextField::AudioCodec, "audioCodec", self.audio_codec)?;
        parts.integer(IntegerField::Width, "width", self.width)?;
        parts.integer(IntegerField::Height, "height", self.height)?;
        parts.real(RealField::FrameRate, "frameRate", self.frame_rate)?;
        parts.real(RealField::DurationSeconds, "durationSeconds", self.duration_seconds)?;
        parts.integer(IntegerField::FileSize, "fileSize", self.file_size)?;
        parts.time(IntegerField::CreatedAt, "createdAt", self.created_at)?;
        parts.time(IntegerField::UpdatedAt, "updatedAt", self.updated_at)?;
        parts.text(TextField::Fingerprint, "fingerprint", self.fingerprint)?;
        parts.time(IntegerField::MissingSince, "missingSince", self.missing_since)?;
        parts.all.extend(reader.search("search", self.search)?.map(Filter::Search));
        if let Some((place, filter)) = reader.given("availability", self.availability)? {
            parts.all.extend(filter.parse(&place)?);
        }
        if let Some((place, filter)) = reader.given("rootId", self.root_id)? {
            place.offline_roots()?;
            let tests = filter.parse(&place, RootId::from_public)?;
            parts.all.extend(tests.into_iter().map(Filter::root));
        }
        Ok(Filter::All(parts.all))
    }
}

fn expect_few_searches(filter: &domain::VideoFilter) -> Result<(), ApiError> {
    let searches = filter.searches();
    if searches > MAX_SEARCHES {
        return Err(ApiError::BadUserInput(format!(
            "a filter can have at most {MAX_SEARCHES} searches, not {searches}: to require the words \
             of several, combine them in a single search"
        )));
    }
    Ok(())
}

fn read_all(
    filters: Vec<VideoFilter>,
    list: &FilterParser<'_>,
) -> Result<Vec<domain::VideoFilter>, ApiError> {
    let filters = filters.into_iter().enumerate();
    filters.map(|(index, filter)| filter.read(&list.item(index).deeper()?)).collect()
}

/// The parts of one filter object, all of which must hold.
struct Parts<'a> {
    reader: &'a FilterParser<'a>,
    all: Vec<domain::VideoFilter>,
}

impl Parts<'_> {
    fn text(
        &mut self,
        field: TextField,
        name: &'static str,
        given: MaybeUndefined<StringFilter>,
    ) -> Result<(), ApiError> {
        if let Some((place, filter)) = self.reader.given(name, given)? {
            let tests = filter.parse(&place)?.into_iter();
            self.all.extend(tests.map(|test| domain::VideoFilter::Text(field, test)));
        }
        Ok(())
    }

    fn integer<N: InputType + Into<i64>>(
        &mut self,
        field: IntegerField,
        name: &'static str,
        given: MaybeUndefined<IntegerFilter<N>>,
    ) -> Result<(), ApiError> {
        if let Some((place, filter)) = self.reader.given(name, given)? {
            let tests = filter.parse(&place)?.into_iter();
            self.all.extend(tests.map(|test| domain::VideoFilter::Integer(field, test)));
        }
        Ok(())
    }

    fn real(
        &mut self,
        field: RealField,
        name: &'static str,
        given: MaybeUndefined<RangeBounds<f64>>,
    ) -> Result<(), ApiError> {
        if let Some((place, bounds)) = self.reader.given(name, given)? {
            let bounds = bounds.parse(&place)?.into_iter();
            self.all.extend(bounds.map(|(is, bound)| domain::VideoFilter::Real(field, is, bound)));
        }
        Ok(())
    }

    fn time(
        &mut self,
        field: IntegerField,
        name: &'static str,
        given: MaybeUndefined<DateTimeFilter>,
    ) -> Result<(), ApiError> {
        use domain::VideoFilter as Filter;
        if let Some((place, filter)) = self.reader.given(name, given)? {
            let tests = filter.parse(&place)?;
            let is_null = tests.is_null.map(IntegerTest::IsNull);
            self.all.extend(tests.bounds.into_iter().map(|(is, at)| Filter::time(field, is, at)));
            self.all.extend(is_null.map(|test| Filter::Integer(field, test)));
        }
        Ok(())
    }
}

//! Statistics in the API.

use async_graphql::{Context, Description, Object};
use tokio::sync::OnceCell;

use super::stats_rows::{
    CodecCount, DurationBucket, FolderCount, ResolutionCount, Shows, SizeBucket, TimeBucket,
    TimeUnit, VideoTimeField, bytes, number,
};
use crate::domain::stats::{Bounds, Extremes, Folder, FolderPage, TimeGrouping};
use crate::domain::{self, Facet, FacetCount, Invalid, VideoFilter};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, direct};
use crate::graphql::execution::scans::StatisticsLooks;
use crate::graphql::schema::cursor::Cursor;
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::scalars::SafeInt;
use crate::graphql::schema::scope::Scope;
use crate::history::moment::Moment;
use crate::repository::BreakdownReader;

/// Statistics of a set of videos.
#[derive(Description)]
pub struct VideoStats {
    /// The moment that they are of; none if that is now.
    moment: Option<Moment>,
    filter: VideoFilter,
    /// Whether only the count is selected, which is faster.
    is_count: bool,
    /// The sums, once a field needs them.
    stats: OnceCell<Result<domain::VideoStats, ApiError>>,
    /// The smallest and the largest numbers, once a field needs them.
    extremes: OnceCell<Result<Option<Extremes>, ApiError>>,
}

list_sizes!(VideoStats {
    VIDEO_CODECS: videoCodecs = ListSize::First(100);
    AUDIO_CODECS: audioCodecs = ListSize::First(100);
    RESOLUTIONS: resolutions = ListSize::First(100);
    TIME_BUCKETS: timeBuckets = ListSize::First(1000);
    FILE_SIZES: fileSizes = ListSize::EachOf { argument: &["bounds"], more: 1 };
    DURATIONS: durations = ListSize::EachOf { argument: &["bounds"], more: 1 };
    FOLDERS: folders = ListSize::First(100);
});

direct!(
    #[Object(use_type_description)]
    impl VideoStats {
        /// Number of videos.
        async fn count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            if self.is_count {
                let scope = Scope::of(ctx);
                let _place = scope.scans.place(!self.filter.is_everything()).await;
                let count = match &self.moment {
                    Some(moment) => moment.count(&self.filter).await?,
                    None => scope.reader().count(&self.filter).await?,
                };
                return number(count);
            }
            number(self.stats(ctx).await?.totals.count)
        }

        /// Summed exactly, as frames at each frame rate, and divided last.
        async fn total_duration_seconds(&self, ctx: &Context<'_>) -> Result<f64, ApiError> {
            Ok(self.stats(ctx).await?.totals.duration_seconds())
        }

        /// Bytes. A sum above 2^53 - 1 is an error with the code OUT_OF_RANGE.
        async fn total_file_size(&self, ctx: &Context<'_>) -> Result<SafeInt, ApiError> {
            bytes(self.stats(ctx).await?.totals.file_size)
        }

        /// Most frequent first; ties by value. `first` is 100 at most, in the three lists of codecs and resolutions.
        async fn video_codecs(
            &self,
            ctx: &Context<'_>,
            #[graphql(default = 20, desc = "Maximum number of rows: 0 to 100.")] first: i32,
        ) -> Result<Direct<Vec<CodecCount>>, ApiError> {
            let limit = Self::VIDEO_CODECS.limit("first", first)?;
            self.count_by(ctx, Facet::VideoCodec, limit, CodecCount::of).await
        }

        /// Most frequent first; ties by value, null before text. A null codec counts the videos without audio.
        async fn audio_codecs(
            &self,
            ctx: &Context<'_>,
            #[graphql(default = 20, desc = "Maximum number of rows: 0 to 100.")] first: i32,
        ) -> Result<Direct<Vec<CodecCount>>, ApiError> {
            let limit = Self::AUDIO_CODECS.limit("first", first)?;
            self.count_by(ctx, Facet::AudioCodec, limit, CodecCount::of).await
        }

        /// Most frequent first; ties by width, then height.
        async fn resolutions(
            &self,
            ctx: &Context<'_>,
            #[graphql(default = 20, desc = "Maximum number of rows: 0 to 100.")] first: i32,
        ) -> Result<Direct<Vec<ResolutionCount>>, ApiError> {
            let limit = Self::RESOLUTIONS.limit("first", first)?;
            self.count_by(ctx, Facet::Resolution, limit, ResolutionCount::of).await
        }

        /// How many videos fall into each unit of time, the newest first; units without any are left out, and so are videos
        /// without the time. `first` is 1,000 at most. The zone is an IANA name such as `Europe/Berlin`, from data built into
        /// the server (the same on every store); any other text is BAD_USER_INPUT. Weeks begin on Monday.
        async fn time_buckets(
            &self,
            ctx: &Context<'_>,
            #[graphql(default_with = "VideoTimeField::CreatedAt", desc = "The time that counts.")]
            field: VideoTimeField,
            #[graphql(desc = "The unit of time.")] unit: TimeUnit,
            #[graphql(default = "UTC", desc = "The time zone that has these units.")]
            time_zone: String,
            #[graphql(default = 100, desc = "Maximum number of rows: 0 to 1,000.")] first: i32,
        ) -> Result<Direct<Vec<TimeBucket>>, ApiError> {
            let zone = time_zone.parse().map_err(|why| invalid("timeZone", &why))?;
            let limit = Self::TIME_BUCKETS.limit("first", first)?;
            let grouping = TimeGrouping { field: field.into(), unit: unit.into(), zone, limit };
            let scope = Scope::of(ctx);
            let _place = scope.scans.place(true).await;
            let buckets = self.library(scope).time_buckets(&self.filter, &grouping).await?;
            rows(ctx, buckets, TimeBucket::of)
        }

        /// Half-open ranges between these bounds, and one below and one above: bounds plus one buckets. Bounds that do not
        /// rise, or more than 50, are BAD_USER_INPUT; no bounds are one bucket.
        async fn file_sizes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Bytes.")] bounds: Vec<SafeInt>,
        ) -> Result<Direct<Vec<SizeBucket>>, ApiError> {
            let bounds = Bounds::new(bounds.into_iter().map(Into::into).collect());
            let bounds = bounds.map_err(|why| invalid("bounds", &why))?;
            let scope = Scope::of(ctx);
            let _place = scope.scans.place(true).await;
            rows(ctx, self.library(scope).file_sizes(&self.filter, &bounds).await?, SizeBucket::of)
        }

        /// As `fileSizes`, in seconds.
        async fn durations(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Seconds.")] bounds: Vec<f64>,
        ) -> Result<Direct<Vec<DurationBucket>>, ApiError> {
            let bounds = Bounds::new(bounds).map_err(|why| invalid("bounds", &why))?;
            let scope = Scope::of(ctx);
            let _place = scope.scans.place(true).await;
            rows(
                ctx,
                self.library(scope).durations(&self.filter, &bounds).await?,
                DurationBucket::of,
            )
        }

        /// Null where there is no video, here and below.
        async fn min_file_size(&self, ctx: &Context<'_>) -> Option<Result<SafeInt, ApiError>> {
            self.extreme(ctx, |extremes| extremes.min_file_size.into()).await
        }

        /// Bytes.
        async fn max_file_size(&self, ctx: &Context<'_>) -> Option<Result<SafeInt, ApiError>> {
            self.extreme(ctx, |extremes| extremes.max_file_size.into()).await
        }

        /// Shortest duration in seconds.
        async fn min_duration_seconds(&self, ctx: &Context<'_>) -> Option<Result<f64, ApiError>> {
            self.extreme(ctx, |extremes| extremes.min_duration_seconds).await
        }

        /// Longest duration in seconds.
        async fn max_duration_seconds(&self, ctx: &Context<'_>) -> Option<Result<f64, ApiError>> {
            self.extreme(ctx, |extremes| extremes.max_duration_seconds).await
        }

        /// The folders directly below `under`, with what is in and below them, by `path` byte by byte. The separator is `/`,
        /// and also `\` in paths that begin with a drive (`C:\`) or with `\\`, as for the default filename; nothing else is
        /// normalised. At the top: `/`, a drive, `\\server\`, or the first part of a relative path. Videos that lie directly
        /// in `under` are in no folder here. `under` is a `path` from here, else BAD_USER_INPUT.
        async fn folders(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The folder that contains them; the top if omitted.")] under: Option<
                String,
            >,
            #[graphql(default = 100, desc = "Maximum number of rows: 0 to 100.")] first: i32,
            #[graphql(desc = "Return folders after this path.")] after_path: Option<String>,
        ) -> Result<Direct<Vec<FolderCount>>, ApiError> {
            let under = under.as_deref().map(Folder::new).transpose();
            let under = under.map_err(|why| invalid("under", &why))?;
            let limit = Self::FOLDERS.limit("first", first)?;
            let scope = Scope::of(ctx);
            let _place = scope.scans.place(true).await;
            let page = FolderPage { under, after: after_path, limit };
            rows(ctx, self.library(scope).folders(&self.filter, &page).await?, FolderCount::of)
        }

        /// The newest change's place in the same snapshot; below `libraryAt`, the moment's own cursor.
        async fn changes_cursor(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
            let place = match &self.moment {
                Some(moment) => moment.at().place,
                None => Scope::of(ctx).end_of_log().await?,
            };
            Ok(Cursor::Changes { place }.encode())
        }
    }
);

impl VideoStats {
    /// The fields that need the sums.
    const SUMS: [&str; 5] =
        ["totalDurationSeconds", "totalFileSize", "videoCodecs", "audioCodecs", "resolutions"];

    /// The fields that examine the videos separately.
    const GROUPS: [&str; 4] = ["timeBuckets", "fileSizes", "durations", "folders"];

    /// The fields that need the smallest and the largest numbers.
    const EXTREMES: [&str; 4] =
        ["minFileSize", "maxFileSize", "minDurationSeconds", "maxDurationSeconds"];

    /// The statistics of the videos that match `filter`, as far as they are selected.
    pub fn new(filter: VideoFilter, is_asked_for: impl Fn(&str) -> bool) -> Self {
        let is_count = !Self::SUMS.into_iter().any(is_asked_for);
        let (stats, extremes) = (OnceCell::new(), OnceCell::new());
        Self { moment: None, filter, is_count, stats, extremes }
    }

    /// The statistics of the videos that matched `filter` at a moment, as far as they are selected.
    pub fn at(moment: Moment, filter: VideoFilter, is_asked_for: impl Fn(&str) -> bool) -> Self {
        Self { moment: Some(moment), ..Self::new(filter, is_asked_for) }
    }

    /// Where they are read.
    fn library<'a>(&'a self, scope: &'a Scope) -> &'a dyn BreakdownReader {
        match &self.moment {
            Some(moment) => moment,
            None => scope.reader(),
        }
    }

    /// How often the selected fields examine the videos that match `filter`; `selections` counts the
    /// fields with a name.
    pub fn looks(filter: &VideoFilter, selections: impl Fn(&str) -> usize) -> StatisticsLooks {
        let is_any = |mut names: std::slice::Iter<'_, &str>| names.any(|name| selections(name) > 0);
        let groups: usize = Self::GROUPS.iter().map(|name| selections(name)).sum();
        // Those of all videos are at the ends of indexes.
        let extremes = is_any(Self::EXTREMES.iter()) && !filter.is_everything();
        StatisticsLooks {
            sums: selections("count") > 0 || is_any(Self::SUMS.iter()),
            groups: groups as u64 + u64::from(extremes),
        }
    }

    async fn stats(&self, ctx: &Context<'_>) -> Result<&domain::VideoStats, ApiError> {
        let add_up = async || {
            let scope = Scope::of(ctx);
            let _place = scope.scans.place(!self.filter.is_everything()).await;
            match &self.moment {
                Some(moment) => Ok(moment.stats(&self.filter).await?),
                None => Ok(scope.reader().stats(&self.filter).await?),
            }
        };
        self.stats.get_or_init(add_up).await.as_ref().map_err(Clone::clone)
    }

    async fn extreme<T>(
        &self,
        ctx: &Context<'_>,
        choose: impl FnOnce(&Extremes) -> T,
    ) -> Option<Result<T, ApiError>> {
        let find = async || {
            let scope = Scope::of(ctx);
            let _place = scope.scans.place(!self.filter.is_everything()).await;
            Ok(self.library(scope).extremes(&self.filter).await?)
        };
        match self.extremes.get_or_init(find).await {
            Ok(extremes) => extremes.as_ref().map(choose).map(Ok),
            Err(error) => Some(Err(error.clone())),
        }
    }

    async fn count_by<T>(
        &self,
        ctx: &Context<'_>,
        facet: Facet,
        limit: usize,
        shown: impl Fn(&FacetCount, Shows) -> Result<T, ApiError>,
    ) -> Result<Direct<Vec<T>>, ApiError> {
        let counts = self.stats(ctx).await?.most_frequent(facet, limit);
        rows(ctx, counts, |count, shows| shown(&count, shows))
    }
}

/// The rows of the list that is the field of this context.
fn rows<T, R>(
    ctx: &Context<'_>,
    groups: Vec<T>,
    shown: impl Fn(T, Shows) -> Result<R, ApiError>,
) -> Result<Direct<Vec<R>>, ApiError> {
    let shows = Shows::of(ctx);
    Ok(Direct(groups.into_iter().map(|group| shown(group, shows)).collect::<Result<_, _>>()?))
}

fn invalid(argument: &str, why: &Invalid) -> ApiError {
    ApiError::BadUserInput(format!("{argument} {why}"))
}

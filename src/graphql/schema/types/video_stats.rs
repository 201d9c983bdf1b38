//! Statistics in the API.

use async_graphql::{Context, Description, Object, SimpleObject};
use tokio::sync::OnceCell;

use crate::domain::stats::FacetValue;
use crate::domain::{self, Facet, FacetCount, Text, VideoFilter};
use crate::graphql::error::ApiError;
use crate::graphql::execution::direct::{Direct, direct};
use crate::graphql::schema::list_size::{ListSize, list_sizes};
use crate::graphql::schema::scalars::SafeInt;
use crate::graphql::schema::scope::Scope;

/// Statistics of a set of videos.
#[derive(Description)]
pub struct VideoStats {
    filter: VideoFilter,
    /// Whether only the count is selected, which is faster.
    is_count: bool,
    /// Everything else, once a field needs it.
    stats: OnceCell<Result<domain::VideoStats, ApiError>>,
}

list_sizes!(VideoStats {
    VIDEO_CODECS: videoCodecs = ListSize::First(100);
    AUDIO_CODECS: audioCodecs = ListSize::First(100);
    RESOLUTIONS: resolutions = ListSize::First(100);
});

direct!(
    #[Object(use_type_description)]
    impl VideoStats {
        /// Number of videos.
        async fn count(&self, ctx: &Context<'_>) -> Result<i32, ApiError> {
            if self.is_count {
                let scope = Scope::of(ctx);
                let _place = scope.scans.place(!self.filter.is_everything()).await;
                return number(scope.reader().count(&self.filter).await?);
            }
            number(self.stats(ctx).await?.totals.count)
        }

        /// Summed exactly, as frames at each frame rate, and divided last.
        async fn total_duration_seconds(&self, ctx: &Context<'_>) -> Result<f64, ApiError> {
            Ok(self.stats(ctx).await?.totals.duration_seconds())
        }

        /// Bytes. A sum above 2^53 - 1 is an error with the code OUT_OF_RANGE.
        async fn total_file_size(&self, ctx: &Context<'_>) -> Result<SafeInt, ApiError> {
            let bytes = self.stats(ctx).await?.totals.file_size;
            i64::try_from(bytes).ok().and_then(SafeInt::new).ok_or_else(|| {
                ApiError::OutOfRange(format!(
                    "the videos have {bytes} bytes in total, more than SafeInt can represent: \
                     select fewer videos with a filter"
                ))
            })
        }

        /// Most frequent first; ties by value. `first` is 100 at most, here and below.
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
    }
);

impl VideoStats {
    /// The statistics of the videos that match `filter`, as far as they are selected.
    pub fn new(filter: VideoFilter, is_asked_for: impl Fn(&str) -> bool) -> Self {
        let beyond_count =
            ["totalDurationSeconds", "totalFileSize", "videoCodecs", "audioCodecs", "resolutions"];
        let is_count = !beyond_count.into_iter().any(is_asked_for);
        Self { filter, is_count, stats: OnceCell::new() }
    }

    async fn stats(&self, ctx: &Context<'_>) -> Result<&domain::VideoStats, ApiError> {
        let add_up = async || {
            let scope = Scope::of(ctx);
            let _place = scope.scans.place(!self.filter.is_everything()).await;
            Ok(scope.reader().stats(&self.filter).await?)
        };
        self.stats.get_or_init(add_up).await.as_ref().map_err(Clone::clone)
    }

    async fn count_by<T>(
        &self,
        ctx: &Context<'_>,
        facet: Facet,
        limit: usize,
        shown: impl Fn(FacetCount) -> Result<T, ApiError>,
    ) -> Result<Direct<Vec<T>>, ApiError> {
        let counts = self.stats(ctx).await?.most_frequent(facet, limit);
        Ok(Direct(counts.into_iter().map(shown).collect::<Result<_, _>>()?))
    }
}

direct!(
    /// Number of videos with a codec.
    #[derive(SimpleObject)]
    pub struct CodecCount {
        /// The codec; null counts the videos without audio.
        codec: Option<String>,
        /// Number of videos.
        count: i32,
    }
);

impl CodecCount {
    fn of(FacetCount { value, count }: FacetCount) -> Result<Self, ApiError> {
        let FacetValue::Codec(codec) = value else {
            return Err(ApiError::internal("codecs were counted by something else"));
        };
        Ok(Self { codec: codec.as_ref().map(Text::to_string), count: number(count)? })
    }
}

direct!(
    /// Number of videos with a resolution.
    #[derive(SimpleObject)]
    pub struct ResolutionCount {
        /// Pixels.
        width: i32,
        /// Pixels.
        height: i32,
        /// Number of videos.
        count: i32,
    }
);

impl ResolutionCount {
    fn of(FacetCount { value, count }: FacetCount) -> Result<Self, ApiError> {
        let FacetValue::Resolution(width, height) = value else {
            return Err(ApiError::internal("resolutions were counted by something else"));
        };
        Ok(Self { width: width.get(), height: height.get(), count: number(count)? })
    }
}

fn number(count: u64) -> Result<i32, ApiError> {
    i32::try_from(count).map_err(ApiError::internal)
}

//! Statistics of a moment: those of the present, without what has changed as it is now, and with it as it was.

use std::sync::Arc;

use async_trait::async_trait;

use super::made::{Both, Groups, Made, Side, SumsBy};
use super::reads::Moment;
use super::since::Since;
use crate::domain::stats::{
    Bounds, Bucket, Extremes, FolderPage, FolderSums, FolderTotals, Histogram, TimeBucket,
    TimeBuckets, TimeGrouping,
};
use crate::domain::{
    Direction, OrderField, OrderKey, PageRequest, Timestamp, Video, VideoFilter, VideoOrder,
    VideoStats,
};
use crate::repository::{BreakdownReader, RepositoryError};

impl Moment {
    /// The number of videos that match `filter`.
    ///
    /// # Errors
    /// As above.
    pub async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        let Some(since) = &self.since else { return Ok(0) };
        let present = self.present.count(filter).await?;
        let key = (filter.clone(), ());
        let of = since.both(|made| &made.counts, key, |videos, ()| videos.count() as u64).await?;
        Ok(present.saturating_sub(of.now) + of.then)
    }

    /// The sums of the videos that match `filter`, in total and by what they have in common.
    ///
    /// # Errors
    /// As above.
    pub async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError> {
        let Some(since) = &self.since else { return Ok(VideoStats::default()) };
        let mut stats = self.present.stats(filter).await?;
        let key = (filter.clone(), ());
        let of = since.both(|made| &made.stats, key, |videos, ()| stats_of(videos)).await?;
        stats.remove_all(&of.now);
        stats.add_all(&of.then);
        Ok(stats)
    }
}

#[async_trait]
impl BreakdownReader for Moment {
    async fn time_buckets(
        &self,
        filter: &VideoFilter,
        grouping: &TimeGrouping,
    ) -> Result<Vec<TimeBucket>, RepositoryError> {
        let Some(since) = &self.since else { return Ok(Vec::new()) };
        let key = (filter.clone(), TimeGrouping { limit: usize::MAX, ..*grouping });
        let of = since.both(|made| &made.times, key, units).await?;
        // As many units as may turn out to be empty.
        let limit = grouping.limit.saturating_add(of.now.len());
        let present = TimeGrouping { limit, ..*grouping };
        let present = self.present.time_buckets(filter, &present).await?;
        let present = present.into_iter().map(|unit| (unit.start, unit.sums));
        let groups = replaced(present.collect(), &of).into_iter().rev();
        let units = groups.map(|(start, sums)| TimeBucket { start, sums });
        Ok(units.take(grouping.limit).collect())
    }

    async fn file_sizes(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<i64>,
    ) -> Result<Vec<Bucket<i64>>, RepositoryError> {
        let Some(since) = &self.since else {
            return Ok(Histogram::new(bounds.clone()).into_buckets());
        };
        let key = (filter.clone(), bounds.clone());
        let of = since.both(
            |made| &made.file_sizes,
            key,
            |videos, bounds| {
                let mut histogram = Histogram::new(bounds.clone());
                videos.for_each(|it| histogram.add(it.values.file_size.get(), it.values.file_size));
                histogram.into_buckets()
            },
        );
        let of = of.await?;
        Ok(refilled(self.present.file_sizes(filter, bounds).await?, &of))
    }

    async fn durations(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<f64>,
    ) -> Result<Vec<Bucket<f64>>, RepositoryError> {
        let Some(since) = &self.since else {
            return Ok(Histogram::new(bounds.clone()).into_buckets());
        };
        let key = (filter.clone(), bounds.clone());
        let of = since.both(
            |made| &made.durations,
            key,
            |videos, bounds| {
                let mut histogram = Histogram::new(bounds.clone());
                videos.for_each(|it| {
                    histogram.add(it.values.duration_seconds(), it.values.file_size);
                });
                histogram.into_buckets()
            },
        );
        let of = of.await?;
        Ok(refilled(self.present.durations(filter, bounds).await?, &of))
    }

    async fn extremes(&self, filter: &VideoFilter) -> Result<Option<Extremes>, RepositoryError> {
        let mut ends = Vec::new();
        for field in [OrderField::FileSize, OrderField::Duration] {
            for direction in [Direction::Asc, Direction::Desc] {
                let order = VideoOrder::by(vec![OrderKey { field, direction }]);
                ends.extend(self.list(filter, &order, &PageRequest::first(1)).await?.items);
            }
        }
        Ok(Extremes::of(&ends))
    }

    async fn folders(
        &self,
        filter: &VideoFilter,
        page: &FolderPage,
    ) -> Result<Vec<FolderTotals>, RepositoryError> {
        let Some(since) = &self.since else { return Ok(Vec::new()) };
        let key = (filter.clone(), FolderPage { limit: usize::MAX, ..page.clone() });
        let of = since.both(|made| &made.folders, key, folders).await?;
        // As many folders as may turn out to be empty.
        let limit = page.limit.saturating_add(of.now.len());
        let present = self.present.folders(filter, &FolderPage { limit, ..page.clone() }).await?;
        let present = present.into_iter().map(|folder| (folder.path, folder.sums));
        let groups = replaced(present.collect(), &of).into_iter();
        let folders = groups.map(|(path, sums)| FolderTotals { path, sums });
        Ok(folders.take(page.limit).collect())
    }
}

impl Since {
    /// Something of the videos that match a filter, on both sides.
    async fn both<K, V>(
        self: &Arc<Self>,
        of: fn(&Made) -> &SumsBy<K, V>,
        key: (VideoFilter, K),
        make: impl Fn(Videos<'_>, &K) -> V + Send + 'static,
    ) -> Result<Arc<Both<V>>, RepositoryError>
    where
        K: PartialEq + Send + 'static,
        V: Send + Sync + 'static,
    {
        self.make(of, key, move |since, (filter, key)| {
            let on = |side| make(&mut since.matching(side, filter).map(|video| &**video), key);
            Both { now: on(Side::Now), then: on(Side::Then) }
        })
        .await
    }
}

type Videos<'v> = &'v mut dyn Iterator<Item = &'v Video>;

fn stats_of(videos: Videos<'_>) -> VideoStats {
    let mut stats = VideoStats::default();
    videos.for_each(|video| stats.add(video));
    stats
}

fn units(videos: Videos<'_>, grouping: &TimeGrouping) -> Groups<Timestamp> {
    let mut buckets = TimeBuckets::new(*grouping);
    for video in videos {
        if let Some(time) = grouping.field.of(video) {
            buckets.add(time, video.values.file_size);
        }
    }
    buckets.into_newest().into_iter().map(|unit| (unit.start, unit.sums)).collect()
}

fn folders(videos: Videos<'_>, page: &FolderPage) -> Groups<String> {
    let mut sums = FolderSums::new(page.clone());
    videos.for_each(|video| sums.add(video.values.path.as_str(), video.values.file_size));
    sums.into_first().into_iter().map(|folder| (folder.path, folder.sums)).collect()
}

/// Groups of the present, with the videos as they were. Those that are empty are none.
fn replaced<K: Ord + Clone>(mut groups: Groups<K>, of: &Both<Groups<K>>) -> Groups<K> {
    for (key, sums) in &of.now {
        if let Some(group) = groups.get_mut(key) {
            group.remove_all(*sums);
        }
    }
    for (key, sums) in &of.then {
        groups.entry(key.clone()).or_default().add_all(*sums);
    }
    groups.retain(|_, sums| sums.count > 0);
    groups
}

/// Ranges of the present, with the videos as they were.
fn refilled<T>(mut ranges: Vec<Bucket<T>>, of: &Both<Vec<Bucket<T>>>) -> Vec<Bucket<T>> {
    for ((range, now), then) in ranges.iter_mut().zip(&of.now).zip(&of.then) {
        range.sums.remove_all(now.sums);
        range.sums.add_all(then.sums);
    }
    ranges
}

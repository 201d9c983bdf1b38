//! Statistics of a moment: those of the present, without what has changed as it is now, and with it as it was.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::reads::Moment;
use super::since::Since;
use crate::domain::stats::{
    Bounds, Bucket, Extremes, FolderPage, FolderSums, FolderTotals, Histogram, Sums, TimeBucket,
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
        let then = since.then_matching(filter).count() as u64;
        Ok(present.saturating_sub(since.now_matching(filter).count() as u64) + then)
    }

    /// The sums of the videos that match `filter`, in total and by what they have in common.
    ///
    /// # Errors
    /// As above.
    pub async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError> {
        let Some(since) = &self.since else { return Ok(VideoStats::default()) };
        let mut stats = self.present.stats(filter).await?;
        since.now_matching(filter).for_each(|video| stats.remove(video));
        since.then_matching(filter).for_each(|video| stats.add(video));
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
        let now = units(since.now_matching(filter), grouping);
        let then = units(since.then_matching(filter), grouping);
        // As many units as may turn out to be empty.
        let limit = grouping.limit.saturating_add(now.len());
        let present = TimeGrouping { limit, ..*grouping };
        let present = self.present.time_buckets(filter, &present).await?;
        let present = present.into_iter().map(|unit| (unit.start, unit.sums));
        let groups = replaced(present.collect(), now, then).into_iter().rev();
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
        let of = |videos: &mut dyn Iterator<Item = &Video>| {
            let mut histogram = Histogram::new(bounds.clone());
            videos.for_each(|it| histogram.add(it.values.file_size.get(), it.values.file_size));
            histogram.into_buckets()
        };
        let (now, then) =
            (of(&mut since.now_matching(filter)), of(&mut since.then_matching(filter)));
        Ok(refilled(self.present.file_sizes(filter, bounds).await?, &now, &then))
    }

    async fn durations(
        &self,
        filter: &VideoFilter,
        bounds: &Bounds<f64>,
    ) -> Result<Vec<Bucket<f64>>, RepositoryError> {
        let Some(since) = &self.since else {
            return Ok(Histogram::new(bounds.clone()).into_buckets());
        };
        let of = |videos: &mut dyn Iterator<Item = &Video>| {
            let mut histogram = Histogram::new(bounds.clone());
            videos.for_each(|it| histogram.add(it.values.duration_seconds(), it.values.file_size));
            histogram.into_buckets()
        };
        let (now, then) =
            (of(&mut since.now_matching(filter)), of(&mut since.then_matching(filter)));
        Ok(refilled(self.present.durations(filter, bounds).await?, &now, &then))
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
        let now = folders(since.now_matching(filter), page);
        let then = folders(since.then_matching(filter), page);
        // As many folders as may turn out to be empty.
        let limit = page.limit.saturating_add(now.len());
        let present = self.present.folders(filter, &FolderPage { limit, ..page.clone() }).await?;
        let present = present.into_iter().map(|folder| (folder.path, folder.sums));
        let groups = replaced(present.collect(), now, then).into_iter();
        let folders = groups.map(|(path, sums)| FolderTotals { path, sums });
        Ok(folders.take(page.limit).collect())
    }
}

impl Since {
    fn then_matching<'s>(&'s self, filter: &'s VideoFilter) -> impl Iterator<Item = &'s Video> {
        self.then().map(|video| &**video).filter(|video| filter.matches(video, None))
    }

    fn now_matching<'s>(&'s self, filter: &'s VideoFilter) -> impl Iterator<Item = &'s Video> {
        self.now().map(|video| &**video).filter(|video| filter.matches(video, None))
    }
}

type Groups<K> = BTreeMap<K, Sums>;

fn units<'v>(
    videos: impl Iterator<Item = &'v Video>,
    grouping: &TimeGrouping,
) -> Groups<Timestamp> {
    let mut buckets = TimeBuckets::new(TimeGrouping { limit: usize::MAX, ..*grouping });
    for video in videos {
        if let Some(time) = grouping.field.of(video) {
            buckets.add(time, video.values.file_size);
        }
    }
    buckets.into_newest().into_iter().map(|unit| (unit.start, unit.sums)).collect()
}

fn folders<'v>(videos: impl Iterator<Item = &'v Video>, page: &FolderPage) -> Groups<String> {
    let mut sums = FolderSums::new(FolderPage { limit: usize::MAX, ..page.clone() });
    videos.for_each(|video| sums.add(video.values.path.as_str(), video.values.file_size));
    sums.into_first().into_iter().map(|folder| (folder.path, folder.sums)).collect()
}

/// Groups without some videos and with others. Those that are empty are none.
fn replaced<K: Ord>(mut groups: Groups<K>, removed: Groups<K>, added: Groups<K>) -> Groups<K> {
    for (key, sums) in removed {
        if let Some(group) = groups.get_mut(&key) {
            group.remove_all(sums);
        }
    }
    for (key, sums) in added {
        groups.entry(key).or_default().add_all(sums);
    }
    groups.retain(|_, sums| sums.count > 0);
    groups
}

/// Ranges without some videos and with others.
fn refilled<T>(
    mut ranges: Vec<Bucket<T>>,
    removed: &[Bucket<T>],
    added: &[Bucket<T>],
) -> Vec<Bucket<T>> {
    for ((range, removed), added) in ranges.iter_mut().zip(removed).zip(added) {
        range.sums.remove_all(removed.sums);
        range.sums.add_all(added.sums);
    }
    ranges
}

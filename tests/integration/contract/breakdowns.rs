//! Statistics by groups, against definitions that look at one video after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseError;
use reelgraph::domain::filter::{Comparison, IntegerField, IntegerTest, TextField, TextTest};
use reelgraph::domain::stats::{
    Bounds, Bucket, Extremes, Folder, FolderPage, FolderTotals, Sums, TimeField, TimeGrouping,
    TimeUnit, TimeZone,
};
use reelgraph::domain::{FileFacts, NewVideo, OnConflict, Quantity, Timestamp, Video, VideoFilter};
use reelgraph::repository::VideoRepository;
use tokio::runtime::Runtime;

use super::contents;
use super::library::filled;
use super::stores::Opened;
use crate::support::calendar::{self, INSTANTS, ZONES};
use crate::support::clock::counted_id;
use crate::support::filters::{any_filter, is_match};
use crate::support::paths::{self, folders_below};
use crate::support::properties::check;
use crate::support::videos::{by, quantity, text, video_with};

contract_suite! {
    cases:
        no_videos_are_in_no_group,
        sums_of_groups_go_beyond_every_machine_word,
        pages_of_folders_make_up_the_whole_list,
        a_folder_counts_what_starts_with_its_path;
    properties:
        time_buckets_are_as_defined,
        histograms_are_as_defined,
        extremes_are_as_defined,
        folders_are_as_defined;
}

async fn no_videos_are_in_no_group(store: &dyn VideoRepository) {
    let everything = VideoFilter::everything();
    assert_eq!(store.time_buckets(&everything, &days(9)).await.unwrap(), []);
    assert_eq!(store.extremes(&everything).await.unwrap(), None);
    let top = FolderPage { under: None, after: None, limit: 9 };
    assert_eq!(store.folders(&everything, &top).await.unwrap(), []);
    let bounds = Bounds::new(vec![5]).unwrap();
    let buckets = store.file_sizes(&everything, &bounds).await.unwrap();
    assert!(buckets.len() == 2 && buckets.iter().all(|it| it.sums == Sums::default()));
}

async fn sums_of_groups_go_beyond_every_machine_word(store: &dyn VideoRepository) {
    const COUNT: u64 = 2100;
    let videos = (0..COUNT).map(|number| NewVideo {
        id: counted_id(number),
        ..video_with(1, |values| {
            values.path = text(&format!("/{number}"));
            values.file_size = quantity(Quantity::MAX);
        })
    });
    let videos: Vec<NewVideo> = videos.collect();
    for videos in videos.chunks(700) {
        store.insert_many(videos.to_vec(), OnConflict::Fail, by(1)).await.unwrap();
    }
    let file_size = u128::from(COUNT) * u128::from(Quantity::MAX.unsigned_abs());
    assert!(file_size > u128::from(u64::MAX));
    let sums = Sums { count: COUNT, file_size };
    let everything = VideoFilter::everything();
    assert_eq!(store.time_buckets(&everything, &days(9)).await.unwrap()[0].sums, sums);
    let bounds = Bounds::new(vec![Quantity::MAX]).unwrap();
    assert_eq!(store.file_sizes(&everything, &bounds).await.unwrap()[1].sums, sums);
    let top = FolderPage { under: None, after: None, limit: 9 };
    assert_eq!(store.folders(&everything, &top).await.unwrap()[0].sums, sums);
}

async fn pages_of_folders_make_up_the_whole_list(store: &dyn VideoRepository) {
    store.insert_many(paths::videos(), OnConflict::Fail, by(1)).await.unwrap();
    let everything = VideoFilter::everything();
    for under in [None, Some("/"), Some("C:\\"), Some("\\\\nas\\")] {
        let page = |after, limit| {
            let under = under.map(|under| Folder::new(under).unwrap());
            FolderPage { under, after, limit }
        };
        let all = store.folders(&everything, &page(None, 1000)).await.unwrap();
        assert!(all.len() > 3, "{all:?}");
        let mut pages: Vec<FolderTotals> = Vec::new();
        loop {
            let after = pages.last().map(|last| last.path.clone());
            let next = store.folders(&everything, &page(after, 2)).await.unwrap();
            if next.is_empty() {
                break;
            }
            pages.extend(next);
        }
        assert_eq!(pages, all);
    }
}

async fn a_folder_counts_what_starts_with_its_path(store: &dyn VideoRepository) {
    store.insert_many(paths::videos(), OnConflict::Fail, by(1)).await.unwrap();
    let everything = VideoFilter::everything();
    let mut levels = vec![None];
    let mut seen = 0;
    while let Some(under) = levels.pop() {
        let page = FolderPage { under, after: None, limit: 1000 };
        for folder in store.folders(&everything, &page).await.unwrap() {
            let starts = TextTest::StartsWith(folder.path.clone());
            let filter = VideoFilter::Text(TextField::Path, starts);
            assert_eq!(store.count(&filter).await.unwrap(), folder.sums.count, "{folder:?}");
            levels.push(Some(Folder::new(&folder.path).unwrap()));
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

/// The newest days in UTC by the time of addition.
fn days(limit: usize) -> TimeGrouping {
    let (field, unit, zone) = (TimeField::CreatedAt, TimeUnit::Day, TimeZone::UTC);
    TimeGrouping { field, unit, zone, limit }
}

fn sums_of<'a>(videos: impl IntoIterator<Item = &'a Video>) -> Sums {
    let mut sums = Sums::default();
    for video in videos {
        sums.count += 1;
        sums.file_size += u128::from(video.values.file_size.get().unsigned_abs());
    }
    sums
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(why: impl ToString) -> TestCaseError {
    TestCaseError::fail(why.to_string())
}

/// A store with a video for each of the instants at which something happens somewhere.
async fn with_instants(opened: impl Future<Output = Opened>) -> (Opened, Arc<[Video]>) {
    let opened = opened.await;
    let instants: Vec<Timestamp> = INSTANTS.iter().flat_map(|at| calendar::around(at)).collect();
    let videos = instants.iter().zip(1..).map(|(at, number)| NewVideo {
        id: counted_id(number),
        created_at: Some(*at),
        updated_at: instants.get(usize::try_from(number * 7).unwrap() % instants.len()).copied(),
        ..video_with(1, |values| {
            values.path = text(&format!("/{number}"));
            values.file_size = quantity(i64::try_from(number * number).unwrap());
            let facts = FileFacts { file_modified_at: Some(*at), ..FileFacts::default() };
            values.file = if number % 3 == 0 { None } else { facts.pack().unwrap() };
        })
    });
    opened.store.insert_many(videos.collect(), OnConflict::Fail, by(1)).await.unwrap();
    let (videos, _) = contents(&*opened.store).await;
    (opened, videos.into())
}

fn time_buckets_are_as_defined<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(with_instants(open()));
    let filter = prop_oneof![2 => Just(VideoFilter::everything()), 1 => any_filter(videos.clone())];
    let grouping = (select(&TimeField::ALL[..]), select(&TimeUnit::ALL[..]), select(&ZONES[..]));
    let limit = select(vec![0, 1, 2, 10, 1000]);
    check(&runtime, (filter, grouping, limit), async |(filter, (field, unit, zone), limit)| {
        let mut expected: BTreeMap<Timestamp, Vec<&Video>> = BTreeMap::new();
        for video in videos.iter().filter(|video| is_match(&filter, video)) {
            let Some(time) = field.of(video) else { continue };
            let start = calendar::start_of(unit, zone, time);
            expected.entry(start).or_default().push(video);
        }
        let expected = expected.iter().rev().take(limit);
        let expected: Vec<_> =
            expected.map(|(start, all)| (*start, sums_of(all.iter().copied()))).collect();
        let grouping = TimeGrouping { field, unit, zone: zone.parse().unwrap(), limit };
        let found = opened.store.time_buckets(&filter, &grouping).await.map_err(failed)?;
        let found: Vec<_> = found.into_iter().map(|bucket| (bucket.start, bucket.sums)).collect();
        prop_assert_eq!(found, expected);
        Ok(())
    });
}

/// The ranges of these bounds with the sums of the videos whose numbers are in them.
fn ranges_of<T: Copy + PartialOrd>(
    bounds: &[T],
    videos: &[&Video],
    number: fn(&Video) -> T,
) -> Vec<Bucket<T>> {
    let bounds: Vec<Option<T>> = bounds.iter().copied().map(Some).collect();
    let ends = [&[None], &bounds[..], &[None]].concat();
    let ranges = ends.windows(2).map(|pair| {
        let is_in = |video: &&&Video| {
            let number = number(video);
            pair[0].is_none_or(|lower| lower <= number)
                && pair[1].is_none_or(|upper| number < upper)
        };
        let sums = sums_of(videos.iter().filter(is_in).copied());
        Bucket { lower: pair[0], upper: pair[1], sums }
    });
    ranges.collect()
}

fn histograms_are_as_defined<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    let numbers = vec((any::<Index>(), -1..=1_i64), 0..9);
    let filter = prop_oneof![1 => Just(VideoFilter::everything()), 2 => any_filter(videos.clone())];
    check(&runtime, (filter, numbers), async |(filter, numbers)| {
        let matching: Vec<&Video> =
            videos.iter().filter(|video| is_match(&filter, video)).collect();
        let near = |of: &dyn Fn(&Video, i64) -> f64| {
            let mut near: Vec<f64> =
                numbers.iter().map(|(index, step)| of(index.get(&videos), *step)).collect();
            near.sort_by(f64::total_cmp);
            near.dedup();
            near
        };
        let mut sizes: Vec<i64> = numbers
            .iter()
            .map(|(index, step)| index.get(&videos).values.file_size.get() + step)
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        let bounds = Bounds::new(sizes.clone()).unwrap();
        let found = opened.store.file_sizes(&filter, &bounds).await.map_err(failed)?;
        prop_assert_eq!(found, ranges_of(&sizes, &matching, |it| it.values.file_size.get()));

        let seconds = near(&|video, step| match video.values.duration_seconds() {
            seconds if step < 0 => seconds.next_down(),
            seconds if step > 0 => seconds.next_up(),
            seconds => seconds,
        });
        let bounds = Bounds::new(seconds.clone()).unwrap();
        let found = opened.store.durations(&filter, &bounds).await.map_err(failed)?;
        prop_assert_eq!(found, ranges_of(&seconds, &matching, |it| it.values.duration_seconds()));
        Ok(())
    });
}

fn extremes_are_as_defined<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(filled(open()));
    let filter = prop_oneof![1 => Just(VideoFilter::everything()), 8 => any_filter(videos.clone())];
    check(&runtime, filter, async |filter| {
        let matching: Vec<&Video> =
            videos.iter().filter(|video| is_match(&filter, video)).collect();
        let sizes = || matching.iter().map(|video| video.values.file_size);
        let mut seconds: Vec<f64> =
            matching.iter().map(|video| video.values.duration_seconds()).collect();
        seconds.sort_by(f64::total_cmp);
        let expected = sizes().min().map(|min_file_size| Extremes {
            min_file_size,
            max_file_size: sizes().max().unwrap(),
            min_duration_seconds: seconds[0],
            max_duration_seconds: *seconds.last().unwrap(),
        });
        let found = opened.store.extremes(&filter).await.map_err(failed)?;
        prop_assert_eq!(found, expected);
        Ok(())
    });
}

async fn with_folders(opened: impl Future<Output = Opened>) -> (Opened, Arc<[Video]>) {
    let opened = opened.await;
    opened.store.insert_many(paths::videos(), OnConflict::Fail, by(1)).await.unwrap();
    let (videos, _) = contents(&*opened.store).await;
    (opened, videos.into())
}

fn folders_are_as_defined<F: Future<Output = Opened>>(open: fn() -> F) {
    let runtime = Runtime::new().unwrap();
    let (opened, videos) = runtime.block_on(with_folders(open()));
    let filter = select(vec![
        VideoFilter::everything(),
        VideoFilter::Integer(IntegerField::FileSize, IntegerTest::Is(Comparison::Gt, 9000)),
        VideoFilter::Text(TextField::Path, TextTest::Contains("é".to_owned())),
        VideoFilter::except(VideoFilter::Text(TextField::Path, TextTest::EndsWith("/".to_owned()))),
    ]);
    let place = (any::<Index>(), 0..4_usize, 0..3_usize);
    let limit = select(vec![0, 1, 2, 5, 1000]);
    check(&runtime, (filter, place, limit), async |(filter, (index, depth, after), limit)| {
        let path = index.get(&videos).values.path.as_str();
        let under = paths::ancestors(path).into_iter().take(depth).next_back();
        let matching: Vec<&str> = videos
            .iter()
            .filter(|video| is_match(&filter, video))
            .map(|video| video.values.path.as_str())
            .collect();
        let all = folders_below(under, &matching);
        let after = match after {
            0 => None,
            1 => all.get(all.len() / 2).map(|folder| (*folder).to_owned()),
            _ => Some(path.to_owned()),
        };
        let expected = all
            .iter()
            .filter(|folder| {
                after.as_deref().is_none_or(|after| folder.as_bytes() > after.as_bytes())
            })
            .take(limit)
            .map(|folder| {
                let inside = videos.iter().filter(|video| is_match(&filter, video));
                let inside = inside.filter(|video| video.values.path.as_str().starts_with(folder));
                FolderTotals { path: (*folder).to_owned(), sums: sums_of(inside) }
            });
        let expected: Vec<FolderTotals> = expected.collect();
        let under = under.map(|under| Folder::new(under).unwrap());
        let page = FolderPage { under, after: after.clone(), limit };
        let found = opened.store.folders(&filter, &page).await.map_err(failed)?;
        prop_assert_eq!(found, expected);
        Ok(())
    });
}

//! Pages of videos: their limits, their flags, and places that outlive what they came from.

use reelgraph::domain::filter::{TextField, TextTest};
use reelgraph::domain::{
    Direction, NaturalName, OrderField, OrderKey, Page, PageRequest, SortPosition, SortValue,
    Timestamp, Video, VideoFilter, VideoId, VideoOrder, VideoPatch,
};
use reelgraph::repository::VideoRepository;

use super::add;
use crate::support::clock::counted_id;
use crate::support::videos::{by, second, text};

contract_suite! {
    cases:
        an_empty_library_has_empty_pages,
        the_newest_come_first_unless_asked_otherwise,
        a_page_tells_of_its_neighbours_either_way,
        an_empty_page_tells_of_its_neighbours_too,
        the_largest_limit_gives_everything,
        rows_are_skipped_from_the_start_or_behind_a_place,
        the_rows_before_a_page_are_counted_also_where_it_is_empty,
        a_place_outlives_its_video,
        a_place_outlives_the_move_of_its_video,
        a_place_need_not_pass_the_filter,
        neighbours_that_do_not_pass_the_filter_do_not_count,
        the_ends_of_every_type_are_places;
}

type Places = PageRequest<SortPosition>;

/// Videos 1 to 5, the newest last.
async fn fill(store: &dyn VideoRepository) -> Vec<Video> {
    let mut videos = Vec::new();
    for number in 1..=5 {
        videos.push(add(store, number).await);
    }
    videos
}

fn newest_first(number: u64) -> SortPosition {
    let at = second(i64::try_from(number).unwrap());
    SortPosition { keys: vec![SortValue::Integer(at.as_micros())], id: counted_id(number) }
}

fn after(limit: usize, number: u64) -> Places {
    PageRequest::Forward { limit, after: Some(newest_first(number)) }
}

fn before(limit: usize, number: u64) -> Places {
    PageRequest::Backward { limit, before: Some(newest_first(number)) }
}

/// A page as the numbers of its videos and its two flags.
fn told(page: &Page<Video>) -> (Vec<u8>, bool, bool) {
    let numbers = page.items.iter().map(|video| video.id.as_bytes()[15]).collect();
    (numbers, page.has_previous, page.has_next)
}

async fn newest(
    store: &dyn VideoRepository,
    filter: &VideoFilter,
    page: &Places,
) -> (Vec<u8>, bool, bool) {
    told(&store.list(filter, &VideoOrder::default(), page).await.unwrap())
}

async fn an_empty_library_has_empty_pages(store: &dyn VideoRepository) {
    let all = VideoFilter::everything();
    for page in [PageRequest::first(0), PageRequest::first(9), PageRequest::last(9), after(9, 1)] {
        assert_eq!(newest(store, &all, &page).await, (vec![], false, false), "{page:?}");
    }
}

async fn the_newest_come_first_unless_asked_otherwise(store: &dyn VideoRepository) {
    fill(store).await;
    let page = newest(store, &VideoFilter::everything(), &PageRequest::first(9)).await;
    assert_eq!(page, (vec![5, 4, 3, 2, 1], false, false));
}

async fn a_page_tells_of_its_neighbours_either_way(store: &dyn VideoRepository) {
    fill(store).await;
    for (page, expected) in [
        (PageRequest::first(2), (vec![5, 4], false, true)),
        (after(2, 4), (vec![3, 2], true, true)),
        (after(2, 2), (vec![1], true, false)),
        (after(1, 2), (vec![1], true, false)),
        (after(2, 1), (vec![], true, false)),
        (after(9, 6), (vec![5, 4, 3, 2, 1], false, false)),
        (PageRequest::first(5), (vec![5, 4, 3, 2, 1], false, false)),
        (PageRequest::last(2), (vec![2, 1], true, false)),
        (before(2, 2), (vec![4, 3], true, true)),
        (before(2, 4), (vec![5], false, true)),
        (before(1, 4), (vec![5], false, true)),
        (before(2, 5), (vec![], false, true)),
        (before(9, 0), (vec![5, 4, 3, 2, 1], false, false)),
        (PageRequest::last(5), (vec![5, 4, 3, 2, 1], false, false)),
    ] {
        let found = newest(store, &VideoFilter::everything(), &page).await;
        assert_eq!(found, expected, "{page:?}");
    }
}

async fn an_empty_page_tells_of_its_neighbours_too(store: &dyn VideoRepository) {
    fill(store).await;
    for (page, (has_previous, has_next)) in [
        (PageRequest::first(0), (false, true)),
        (PageRequest::last(0), (true, false)),
        (after(0, 5), (true, true)),
        (after(0, 1), (true, false)),
        (after(0, 6), (false, true)),
        (before(0, 1), (true, true)),
        (before(0, 5), (false, true)),
        (before(0, 0), (true, false)),
    ] {
        let found = newest(store, &VideoFilter::everything(), &page).await;
        assert_eq!(found, (vec![], has_previous, has_next), "{page:?}");
    }
}

async fn the_largest_limit_gives_everything(store: &dyn VideoRepository) {
    fill(store).await;
    let all = VideoFilter::everything();
    for (page, expected) in [
        (PageRequest::first(usize::MAX), (vec![5, 4, 3, 2, 1], false, false)),
        (PageRequest::last(usize::MAX), (vec![5, 4, 3, 2, 1], false, false)),
        (after(usize::MAX, 3), (vec![2, 1], true, false)),
        (before(usize::MAX, 3), (vec![5, 4], false, true)),
    ] {
        assert_eq!(newest(store, &all, &page).await, expected, "{page:?}");
    }
}

async fn rows_are_skipped_from_the_start_or_behind_a_place(store: &dyn VideoRepository) {
    fill(store).await;
    let all = VideoFilter::everything();
    for (page, expected) in [
        (PageRequest::first(2).skipping(0), (vec![5, 4], false, true)),
        (PageRequest::first(2).skipping(1), (vec![4, 3], true, true)),
        (PageRequest::first(2).skipping(3), (vec![2, 1], true, false)),
        (PageRequest::first(2).skipping(4), (vec![1], true, false)),
        (PageRequest::first(2).skipping(5), (vec![], true, false)),
        (PageRequest::first(2).skipping(usize::MAX), (vec![], true, false)),
        (PageRequest::first(0).skipping(2), (vec![], true, true)),
        (PageRequest::first(usize::MAX).skipping(3), (vec![2, 1], true, false)),
        (after(2, 4).skipping(1), (vec![2, 1], true, false)),
        (after(1, 6).skipping(1), (vec![4], true, true)),
        (after(2, 1).skipping(1), (vec![], true, false)),
        (after(2, 6).skipping(9), (vec![], true, false)),
    ] {
        assert_eq!(newest(store, &all, &page).await, expected, "{page:?}");
    }
    let none = VideoFilter::Any(vec![]);
    let page = PageRequest::first(2).skipping(1);
    assert_eq!(newest(store, &none, &page).await, (vec![], false, false));
}

async fn the_rows_before_a_page_are_counted_also_where_it_is_empty(store: &dyn VideoRepository) {
    fill(store).await;
    let (all, order) = (VideoFilter::everything(), VideoOrder::default());
    for (page, expected) in [
        (PageRequest::first(2), 0),
        (PageRequest::first(0), 0),
        (after(2, 4), 2),
        (after(0, 4), 2),
        (after(9, 1), 5),
        (after(2, 6), 0),
        (PageRequest::first(2).skipping(3), 3),
        (PageRequest::first(2).skipping(9), 5),
        (after(2, 4).skipping(2), 4),
        (after(2, 4).skipping(usize::MAX), 5),
        (PageRequest::last(2), 3),
        (PageRequest::last(0), 5),
        (PageRequest::last(9), 0),
        (before(2, 2), 1),
        (before(0, 2), 3),
        (before(2, 5), 0),
        (before(2, 0), 3),
    ] {
        let found = store.rows_before(&all, &order, &page).await.unwrap();
        assert_eq!(found, expected, "{page:?}");
    }
}

async fn a_place_outlives_its_video(store: &dyn VideoRepository) {
    fill(store).await;
    store.delete(counted_id(3), None, by(9)).await.unwrap();
    let all = VideoFilter::everything();
    assert_eq!(newest(store, &all, &after(1, 3)).await, (vec![2], true, true));
    assert_eq!(newest(store, &all, &before(1, 3)).await, (vec![4], true, true));
    for number in [5, 4] {
        store.delete(counted_id(number), None, by(9)).await.unwrap();
    }
    assert_eq!(newest(store, &all, &after(9, 3)).await, (vec![2, 1], false, false));
}

async fn a_place_outlives_the_move_of_its_video(store: &dyn VideoRepository) {
    let videos = fill(store).await;
    let by_path =
        VideoOrder::by(vec![OrderKey { field: OrderField::Path, direction: Direction::Asc }]);
    let mut rows = videos.clone();
    rows.sort_by_key(|video| video.values.path.clone());
    let place = by_path.place_of(&rows[0]);
    let patch = VideoPatch { path: Some(text("~ the end")), ..VideoPatch::default() };
    let moved = store.update(rows[0].id, patch, None, by(9)).await.unwrap().video;
    rows.rotate_left(1);
    rows[4] = moved;
    let page = PageRequest::Forward { limit: 9, after: Some(place) };
    let found = store.list(&VideoFilter::everything(), &by_path, &page).await.unwrap();
    assert_eq!(found, Page { items: rows, has_previous: false, has_next: false });
}

fn at_paths_of(videos: &[Video], numbers: &[usize]) -> VideoFilter {
    let paths = numbers.iter().map(|number| videos[number - 1].values.path.to_string());
    VideoFilter::Text(TextField::Path, TextTest::In(paths.collect()))
}

async fn a_place_need_not_pass_the_filter(store: &dyn VideoRepository) {
    let videos = fill(store).await;
    let outer = at_paths_of(&videos, &[1, 2, 4, 5]);
    assert_eq!(newest(store, &outer, &after(1, 3)).await, (vec![2], true, true));
    assert_eq!(newest(store, &outer, &before(1, 3)).await, (vec![4], true, true));
}

async fn neighbours_that_do_not_pass_the_filter_do_not_count(store: &dyn VideoRepository) {
    let videos = fill(store).await;
    let inner = at_paths_of(&videos, &[2, 3]);
    for (page, expected) in [
        (PageRequest::first(2), (vec![3, 2], false, false)),
        (PageRequest::last(2), (vec![3, 2], false, false)),
        (after(2, 4), (vec![3, 2], false, false)),
        (before(2, 1), (vec![3, 2], false, false)),
        (after(9, 1), (vec![], true, false)),
        (before(9, 5), (vec![], false, true)),
        (after(0, 3), (vec![], true, true)),
    ] {
        assert_eq!(newest(store, &inner, &page).await, expected, "{page:?}");
    }
    let none = VideoFilter::Any(vec![]);
    assert_eq!(newest(store, &none, &after(9, 3)).await, (vec![], false, false));
}

async fn the_ends_of_every_type_are_places(store: &dyn VideoRepository) {
    fill(store).await;
    let whole = (SortValue::Integer(i64::MIN), SortValue::Integer(i64::MAX));
    let years = [Timestamp::MIN, Timestamp::MAX].map(|at| SortValue::Integer(at.as_micros()));
    let real = (SortValue::Real(0.0), SortValue::Real(f64::MAX));
    let texts = (SortValue::Text(String::new()), SortValue::Text("\u{10ffff}'\"%\0".to_owned()));
    let name = |text: &str| SortValue::Natural(NaturalName::of(text));
    let names = (name(""), name("\u{10ffff}'\"%\0"));
    let size = |pixels, width| SortValue::Resolution { pixels, width };
    let sizes = (size(i64::MIN, i32::MIN), size(i64::MAX, i32::MAX));
    for (field, (lowest, highest)) in [
        (OrderField::CreatedAt, whole.clone()),
        (OrderField::UpdatedAt, years.into()),
        (OrderField::FileSize, whole),
        (OrderField::Duration, real.clone()),
        (OrderField::FrameRate, real),
        (OrderField::Resolution, sizes),
        (OrderField::Path, texts.clone()),
        (OrderField::VideoCodec, texts.clone()),
        (OrderField::AudioCodec, texts.clone()),
        (OrderField::Filename, texts),
        (OrderField::FilenameNatural, names),
    ] {
        let order = VideoOrder::by(vec![OrderKey { field, direction: Direction::Asc }]);
        for (value, byte, rows) in [(lowest, 0, 5), (highest, u8::MAX, 0)] {
            let place = SortPosition { keys: vec![value], id: VideoId::from_bytes([byte; 16]) };
            assert!(order.admits(&place));
            let page = PageRequest::Forward { limit: 9, after: Some(place) };
            let found = store.list(&VideoFilter::everything(), &order, &page).await.unwrap();
            let told = (found.items.len(), found.has_previous, found.has_next);
            assert_eq!(told, (rows, rows == 0, false), "{page:?} by {field:?}");
        }
    }
}

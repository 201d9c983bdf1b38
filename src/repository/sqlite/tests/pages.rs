//! Pages with filters, most of whose videos are not near the position, compared with the
//! definition.

use super::{Library, by, id, path, video};
use crate::domain::filter::{
    Comparison, IntegerField, IntegerTest, RealField, TextField, TextTest,
};
use crate::domain::{
    Dimension, Direction, FrameRate, NewVideo, OrderField, OrderKey, PageRequest, Quantity,
    SearchQuery, SortPosition, Timestamp, VideoFilter, VideoOrder,
};
use crate::repository::memory::MemoryRepository;
use crate::repository::{OnConflict, SnapshotReads, VideoReader, VideoRepository};

/// Videos that go in different orders by different fields, with ties.
pub(super) fn videos() -> Vec<NewVideo> {
    let videos = (0..40).map(|number: u8| {
        let mut new = video(number);
        let values = &mut new.values;
        values.video_codec = path(if number.is_multiple_of(13) { "av1" } else { "h264" });
        values.audio_codec = (!number.is_multiple_of(3)).then(|| path(&format!("{}", number % 3)));
        values.width = Dimension::new(i32::from(number) % 4 + 1).unwrap();
        values.height = Dimension::new(i32::from(number) % 5 + 1).unwrap();
        values.frame_rate = FrameRate::new(i32::from(number) % 3 * 24 + 24, 2).unwrap();
        values.filename = path(&format!("{:02}", u32::from(number) * 7 % 31));
        values.file_size = Quantity::new(i64::from(number) * 11 % 17).unwrap();
        values.duration_frames = Quantity::new(i64::from(number) * 5 % 19).unwrap();
        new.created_at = Some(Timestamp::from_micros(i64::from(number) * 3 % 23).unwrap());
        new
    });
    videos.collect()
}

fn filters() -> Vec<VideoFilter> {
    let text = |field, test| VideoFilter::Text(field, test);
    let number = |field, is, bound| VideoFilter::Integer(field, IntegerTest::Is(is, bound));
    let codec = text(TextField::VideoCodec, TextTest::Eq("av1".into()));
    let size = number(IntegerField::FileSize, Comparison::Lt, 3);
    vec![
        VideoFilter::everything(),
        codec.clone(),
        text(TextField::VideoCodec, TextTest::Eq("vp9".into())),
        size.clone(),
        number(IntegerField::CreatedAt, Comparison::Gte, 20),
        number(IntegerField::UpdatedAt, Comparison::Lte, 0),
        VideoFilter::Real(RealField::DurationSeconds, Comparison::Gt, 0.6),
        text(TextField::Filename, TextTest::Contains("1".into())),
        text(TextField::Filename, TextTest::In(vec!["14".into(), "07".into()])),
        text(TextField::Path, TextTest::StartsWith("/media/3".into())),
        VideoFilter::All(vec![codec.clone(), size.clone()]),
        VideoFilter::Any(vec![codec.clone(), VideoFilter::except(size)]),
        VideoFilter::All(vec![
            codec.clone(),
            text(TextField::Path, TextTest::Eq("/media/13.mkv".into())),
        ]),
        search("media"),
        search("1"),
        search("media -07"),
        search("14"),
        search("(14)"),
        search("nosuchword"),
        search("-14"),
        VideoFilter::All(vec![search("media"), codec.clone()]),
        VideoFilter::All(vec![search("mkv"), VideoFilter::except(search("1"))]),
        VideoFilter::All(vec![search("mkv"), search("2")]),
        VideoFilter::Any(vec![search("1"), codec]),
        VideoFilter::All(vec![
            search("2"),
            text(TextField::Path, TextTest::In(vec!["/media/2.mkv".into(), "/media/3.mkv".into()])),
        ]),
    ]
}

fn search(query: &str) -> VideoFilter {
    VideoFilter::Search(SearchQuery::parse(query).unwrap())
}

pub(super) fn orders() -> Vec<VideoOrder> {
    let key = |field, direction| OrderKey { field, direction };
    let both =
        |field| [Direction::Asc, Direction::Desc].map(|direction| vec![key(field, direction)]);
    let mut orders: Vec<Vec<OrderKey>> = OrderField::ALL.into_iter().flat_map(both).collect();
    let (size, added) = (OrderField::FileSize, OrderField::CreatedAt);
    orders.push(vec![key(size, Direction::Asc), key(added, Direction::Desc)]);
    orders.push(vec![key(added, Direction::Desc), key(size, Direction::Desc)]);
    orders.into_iter().map(VideoOrder::by).collect()
}

pub(super) async fn assert_same_page(
    store: &dyn VideoReader,
    expected: &dyn VideoReader,
    filter: &VideoFilter,
    (order, page): (&VideoOrder, &PageRequest<SortPosition>),
) {
    let found = store.list(filter, order, page).await.unwrap();
    let rows = expected.list(filter, order, page).await.unwrap();
    assert_eq!(found, rows, "{filter:?} {order:?} {page:?}");
    let found = store.rows_before(filter, order, page).await.unwrap();
    let start = expected.rows_before(filter, order, page).await.unwrap();
    assert_eq!(found, start, "{filter:?} {order:?} {page:?}");
}

#[tokio::test]
async fn rows_have_the_numbers_of_the_state_that_is_read() {
    let Library { store, .. } = &Library::new().await;
    let expected = MemoryRepository::new();
    let everything = VideoFilter::everything();
    let mut snapshots = Vec::new();
    // Each round changes what is before the landmarks of the last one.
    for round in 0..4 {
        for (number, new) in videos().into_iter().enumerate().filter(|(n, _)| n % 4 == round) {
            let deleted = (number > 8).then(|| id(u8::try_from(number - 8).unwrap()));
            store.insert(new.clone(), by()).await.unwrap();
            expected.insert(new, by()).await.unwrap();
            if let Some(id) = deleted {
                let one = store.delete(id, None, by()).await.is_ok();
                assert_eq!(expected.delete(id, None, by()).await.is_ok(), one);
            }
        }
        let reads = SnapshotReads::All;
        snapshots
            .push((store.snapshot(reads).await.unwrap(), expected.snapshot(reads).await.unwrap()));
        for order in orders() {
            for offset in 1..12 {
                let page = PageRequest::Offset { limit: 2, after: None, offset };
                assert_same_page(store, &expected, &everything, (&order, &page)).await;
                for (snapshot, expected) in &snapshots {
                    let order = (&order, &page);
                    assert_same_page(&**snapshot, &**expected, &everything, order).await;
                }
            }
        }
        snapshots.truncate(2);
    }
}

#[tokio::test]
async fn every_page_is_as_it_is_defined() {
    let Library { store, .. } = &Library::new().await;
    let expected = MemoryRepository::new();
    store.insert_many(videos(), OnConflict::Fail, by()).await.unwrap();
    expected.insert_many(videos(), OnConflict::Fail, by()).await.unwrap();
    let all = &PageRequest::first(100);
    for order in orders() {
        let in_order = expected.list(&VideoFilter::everything(), &order, all).await.unwrap();
        let places = in_order.items.iter().step_by(6).map(|video| Some(order.place_of(video)));
        let places: Vec<Option<SortPosition>> = places.chain([None]).collect();
        for filter in filters() {
            for place in &places {
                for page in [
                    PageRequest::Forward { limit: 3, after: place.clone() },
                    PageRequest::Backward { limit: 3, before: place.clone() },
                    PageRequest::Offset { limit: 3, after: place.clone(), offset: 1 },
                    PageRequest::Offset { limit: 3, after: place.clone(), offset: 7 },
                    PageRequest::Offset { limit: 3, after: place.clone(), offset: 99 },
                ] {
                    assert_same_page(store, &expected, &filter, (&order, &page)).await;
                }
            }
        }
    }
}

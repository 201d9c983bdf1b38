//! Pages with filters, most of whose videos are not near the position, compared with the
//! definition.

use super::{Library, by, path, video};
use crate::domain::filter::{
    Comparison, IntegerField, IntegerTest, RealField, TextField, TextTest,
};
use crate::domain::{
    Dimension, Direction, FrameRate, NewVideo, OrderField, OrderKey, PageRequest, Quantity,
    SearchQuery, SortPosition, Timestamp, VideoFilter, VideoOrder,
};
use crate::repository::memory::MemoryRepository;
use crate::repository::{OnConflict, VideoReader, VideoRepository};

/// Videos that go in different orders by different fields, with ties.
fn videos() -> Vec<NewVideo> {
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
        VideoFilter::Any(vec![codec.clone(), VideoFilter::Not(Box::new(size))]),
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
        VideoFilter::All(vec![search("mkv"), VideoFilter::Not(Box::new(search("1")))]),
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

fn orders() -> Vec<VideoOrder> {
    let key = |field, direction| OrderKey { field, direction };
    let both =
        |field| [Direction::Asc, Direction::Desc].map(|direction| vec![key(field, direction)]);
    let mut orders: Vec<Vec<OrderKey>> = OrderField::ALL.into_iter().flat_map(both).collect();
    let (size, added) = (OrderField::FileSize, OrderField::CreatedAt);
    orders.push(vec![key(size, Direction::Asc), key(added, Direction::Desc)]);
    orders.push(vec![key(added, Direction::Desc), key(size, Direction::Desc)]);
    orders.into_iter().map(VideoOrder::by).collect()
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
                ] {
                    let found = store.list(&filter, &order, &page).await.unwrap();
                    let expected = expected.list(&filter, &order, &page).await.unwrap();
                    assert_eq!(found, expected, "{filter:?} {order:?} {page:?}");
                }
            }
        }
    }
}

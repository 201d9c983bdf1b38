//! Reading videos.

use futures_util::TryStreamExt;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::keyset::{self, Walk};
use super::reader::{Reader, Reading};
use super::readers::{ReaderPools, on_thread};
use super::rows::{BoxError, VIDEO, read_video};
use super::sql::Sql;
use super::walk::read_page;
use crate::domain::{
    Direction, OrderField, OrderKey, Page, PageRequest, SortPosition, Video, VideoFilter, VideoId,
    VideoOrder,
};

/// The number of videos that a scan reads together.
const CHUNK: i64 = 1000;

pub(super) fn get_many(ids: &[VideoId]) -> impl Reading<Vec<Option<Video>>> + use<> {
    let ids = ids.to_vec();
    let text = format!("SELECT {VIDEO} FROM videos WHERE id = ?");
    move |reader: &Reader| {
        // What is looked up once is of one moment by itself.
        if ids.len() > 1 {
            reader.stay_at_this_moment()?;
        }
        let mut videos = reader.statement(&text)?;
        let video = |id: &VideoId| videos.first([id.as_bytes()], |row| read_video(row, 0));
        ids.iter().map(video).collect()
    }
}

pub(super) fn get_by_path(path: &str) -> impl Reading<Option<Video>> + use<> {
    let sql = Sql::new(format!("SELECT {VIDEO} FROM videos WHERE path = ?")).bind(path.to_owned());
    move |reader: &Reader| Ok(reader.all(&sql, |row| read_video(row, 0))?.pop())
}

pub(super) fn list(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> impl Reading<Page<Video>> + use<> {
    let statements = keyset::page_of_videos(filter, order, page);
    let page = page.clone();
    move |reader: &Reader| read_page(reader, &statements, &page, |row| read_video(row, 1))
}

impl ReaderPools {
    pub(super) fn scan(&self) -> BoxStream<'_, Result<Video, BoxError>> {
        let open = async {
            let file = self.file()?;
            on_thread(move |_| Reader::open_to_verify(&file)).await
        };
        stream::once(open)
            .map_ok(|reader| stream::try_unfold((reader, None), next_chunk))
            .try_flatten()
            .map_ok(|chunk| stream::iter(chunk.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }
}

/// A reader that scans, and the place up to which it did.
type Scan = (Reader, Option<SortPosition>);

async fn next_chunk((reader, place): Scan) -> Result<Option<(Vec<Video>, Scan)>, BoxError> {
    let key = OrderKey { field: OrderField::CreatedAt, direction: Direction::Asc };
    let order = VideoOrder::by(vec![key]);
    let keys = keyset::keys_of(&order);
    let walk = Walk { near_side: false, keys, place: place.as_ref(), limit: CHUNK };
    let mut sql = Sql::new(format!("SELECT {VIDEO} FROM videos"));
    keyset::push_walk(&mut sql, &VideoFilter::everything(), &walk);
    let (reader, videos) = on_thread(move |caller| {
        let chunk = move |reader: &Reader| reader.all(&sql, |row| read_video(row, 0));
        let videos = reader.read(caller, &chunk)?;
        Ok((reader, videos))
    })
    .await?;
    let last = videos.last().map(|video| order.place_of(video));
    Ok(last.map(|last| (videos, (reader, Some(last)))))
}

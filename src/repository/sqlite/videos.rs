//! Reading videos.

use futures_util::TryStreamExt;
use futures_util::stream::{self, BoxStream, StreamExt};

use super::keyset::{self, Walk};
use super::numbering::Numbering;
use super::pages::read_page;
use super::reader::{Reader, Reading};
use super::readers::{ReaderPools, on_thread};
use super::rows::{BoxError, VIDEO, read_video};
use super::statistics;
use crate::domain::{
    Direction, OrderField, OrderKey, Page, PageRequest, SortPosition, Video, VideoFilter, VideoId,
    VideoOrder,
};
use crate::repository::sql::Sql;

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
    let skip = Skip::of(filter, order, page);
    let statements = match skip {
        Some(_) => Vec::new(),
        None => keyset::page_of_videos(filter, order, page),
    };
    let page = page.clone();
    move |reader: &Reader| match &skip {
        Some(skip) => skip.read(reader),
        None => read_page(reader, &statements, &page, |row| read_video(row, 1)),
    }
}

/// A page of all videos in an order by one key, behind so many of them.
struct Skip {
    order: VideoOrder,
    key: OrderKey,
    limit: usize,
    after: Option<SortPosition>,
    offset: u64,
}

impl Skip {
    fn of(
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Option<Self> {
        let PageRequest::Offset { limit, after, offset } = page else { return None };
        let key = Numbering::key_of(filter, order)?;
        let (order, after) = (order.clone(), after.clone());
        Some(Self { order, key, limit: *limit, after, offset: *offset as u64 })
    }

    /// Reads what follows the last of the skipped rows.
    fn read(&self, reader: &Reader) -> Result<Page<Video>, BoxError> {
        let mut numbering = Numbering::of(reader, self.key)?;
        let up_to = match &self.after {
            Some(place) => numbering.rows_up_to(place, true)?,
            None => 0,
        };
        let after = numbering.row(up_to.saturating_add(self.offset))?;
        let page = PageRequest::Forward { limit: self.limit, after };
        let statements = keyset::page_of_videos(&VideoFilter::everything(), &self.order, &page);
        read_page(reader, &statements, &page, |row| read_video(row, 1))
    }
}

pub(super) fn rows_before(
    filter: &VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> impl Reading<u64> + use<> {
    let key = Numbering::key_of(filter, order);
    let up_to = keyset::count_up_to(filter, order, page);
    let total = statistics::count_of(filter);
    let page = page.clone();
    move |reader: &Reader| {
        reader.stay_at_this_moment()?;
        let total = || reader.number(&total);
        let up_to = match (page.place(), key) {
            (Some(place), Some(key)) => {
                Numbering::of(reader, key)?.rows_up_to(place, !page.is_backward())?
            }
            (Some(_), None) => reader.number(&up_to)?,
            (None, _) if page.is_backward() => total()?,
            (None, _) => 0,
        };
        page.start(up_to, total)
    }
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
    let walk = Walk { near_side: false, keys, place: place.as_ref(), limit: CHUNK, offset: 0 };
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

//! Reading videos.

use futures_util::TryStreamExt;
use futures_util::stream::{self, BoxStream, StreamExt};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

use super::filter::Sql;
use super::keyset::{self, Walk};
use super::readers::Readers;
use super::rows::{BoxError, VIDEO, json_array, read_video};
use crate::domain::{
    Direction, OrderField, OrderKey, Page, PageRequest, Video, VideoFilter, VideoId, VideoOrder,
    VideoPlace,
};

/// How many videos a scan reads at once.
const CHUNK: i64 = 1000;

impl Readers {
    pub(super) async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, BoxError> {
        let sql = format!(
            "SELECT wanted.key, {VIDEO}
            FROM json_each(?) AS wanted
            CROSS JOIN videos ON videos.id = unhex(wanted.value, '-')"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(json_array(ids));
        let mut videos = vec![None; ids.len()];
        for row in self.fetch_all(query).await? {
            let position: i64 = row.try_get(0)?;
            videos[usize::try_from(position)?] = Some(read_video(&row, 1)?);
        }
        Ok(videos)
    }

    pub(super) async fn get_by_path(&self, path: &str) -> Result<Option<Video>, BoxError> {
        let sql = format!("SELECT {VIDEO} FROM videos WHERE path = ?");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(path.to_owned());
        let rows = self.fetch_all(query).await?;
        rows.first().map(|row| read_video(row, 0)).transpose()
    }

    pub(super) async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<VideoPlace>,
    ) -> Result<Page<Video>, BoxError> {
        let mut sql = keyset::page_of_videos(filter, order, page);
        let rows = self.fetch_all(sql.build()).await?;
        keyset::assemble(page, &rows, |row| read_video(row, 1))
    }

    pub(super) fn scan(&self) -> BoxStream<'_, Result<Video, BoxError>> {
        stream::once(self.long_snapshot())
            .map_ok(|connection| stream::try_unfold((connection, None), next_chunk))
            .try_flatten()
            .map_ok(|chunk| stream::iter(chunk.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }
}

/// A connection that scans, and the place up to which it did.
type Scan = (SqliteConnection, Option<VideoPlace>);

async fn next_chunk((mut connection, place): Scan) -> Result<Option<(Vec<Video>, Scan)>, BoxError> {
    let key = OrderKey { field: OrderField::CreatedAt, direction: Direction::Asc };
    let order = VideoOrder::by(vec![key]);
    let keys = keyset::keys_of(&order);
    let walk = Walk { near_side: false, keys, place: place.as_ref(), limit: CHUNK };
    let mut sql = Sql::new(format!("SELECT {VIDEO} FROM videos"));
    keyset::push_walk(&mut sql, &VideoFilter::everything(), &walk);
    let rows = sql.build().fetch_all(&mut connection).await?;
    let videos: Vec<Video> = rows.iter().map(|row| read_video(row, 0)).collect::<Result<_, _>>()?;
    let Some(last) = videos.last().map(|video| order.place_of(video)) else {
        // Before the library is closed: who closes it last takes its log into its file.
        connection.close().await?;
        return Ok(None);
    };
    Ok(Some((videos, (connection, Some(last)))))
}

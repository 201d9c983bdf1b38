//! The reads of the store and of its snapshots. Each is one statement, and so of one moment.

use std::collections::HashMap;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::columns::RequestColumn;
use super::failure::{BoxError, failed};
use super::request_table::read_summary;
use super::rows::{read_count, read_entry, read_id, read_time, read_video};
use super::statistics::stats_in;
use super::{
    PostgresRepository, entries, hits_before, matching, past, request_pages, search, statistics,
    videos,
};
use crate::domain::past::videos_at;
use crate::domain::{
    AuditEntry, AuditEntryId, AuditFilter, AuditRequest, LogPosition, Page, PageBuilder,
    PageRequest, SearchPosition, SearchQuery, SortPosition, Timestamp, Video, VideoFilter, VideoId,
    VideoOrder, VideoStats,
};
use crate::repository::sql::{Columns, Sql, add_row};
use crate::repository::{RepositoryError, SearchHit, VideoReader};

#[async_trait]
impl VideoReader for PostgresRepository {
    async fn get_many(&self, ids: &[VideoId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.read("look up videos", videos::with_ids(ids), |rows| {
            let videos = all(rows, |row| read_video(row, 0))?.into_iter();
            let videos: HashMap<VideoId, Video> = videos.map(|video| (video.id, video)).collect();
            Ok(ids.iter().map(|id| videos.get(id).cloned()).collect())
        })
        .await
    }

    async fn get_by_path(&self, path: &str) -> Result<Option<Video>, RepositoryError> {
        if path.contains('\0') {
            return Ok(None);
        }
        self.read("look up a video by its path", videos::with_path(path), |rows| {
            rows.first().map(|row| read_video(row, 0)).transpose()
        })
        .await
    }

    async fn list(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<Page<Video>, RepositoryError> {
        self.read("list videos", matching::page_of_matching(filter, order, page), |rows| {
            page_of(rows, 0, page, |row| read_video(row, 1))
        })
        .await
    }

    async fn rows_before(
        &self,
        filter: &VideoFilter,
        order: &VideoOrder,
        page: &PageRequest<SortPosition>,
    ) -> Result<u64, RepositoryError> {
        let sql = matching::counts_for(filter, order, page);
        self.read("count the videos before a page", sql, |rows| {
            let row = only(rows)?;
            let total = read_count(row, 1)?;
            let up_to = match page.place() {
                Some(_) => read_count(row, 0)?,
                None if page.is_backward() => total,
                None => 0,
            };
            page.start(up_to, || Ok(total))
        })
        .await
    }

    async fn count(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        self.counted("count videos", matching::count_matching(filter)).await
    }

    async fn entries_of(
        &self,
        ids: &[VideoId],
        page: &PageRequest<i32>,
    ) -> Result<Vec<Page<AuditEntry>>, RepositoryError> {
        self.read("list the history of videos", entries::histories(ids, page), |rows| {
            let mut pages: Vec<_> = ids.iter().map(|_| PageBuilder::new(page)).collect();
            for row in rows {
                let number = usize::try_from(row.try_get::<i64, _>(0)? - 1)?;
                let page = pages.get_mut(number).ok_or("a history is of no ID")?;
                add_row(page, row.try_get(1)?, || read_entry(row, 2))?;
            }
            Ok(pages.into_iter().map(PageBuilder::build).collect())
        })
        .await
    }

    async fn count_entries_of(&self, ids: &[VideoId]) -> Result<Vec<u64>, RepositoryError> {
        let sql = entries::counts_of_histories(ids);
        self.read("count the history of videos", sql, |rows| {
            let counts = all(rows, |row| Ok((read_id(row, 0)?, read_count(row, 1)?)))?;
            let counts: HashMap<VideoId, u64> = counts.into_iter().collect();
            Ok(ids.iter().map(|id| counts.get(id).copied().unwrap_or_default()).collect())
        })
        .await
    }

    async fn get_entries(
        &self,
        ids: &[AuditEntryId],
    ) -> Result<Vec<Option<AuditEntry>>, RepositoryError> {
        self.read("look up entries", entries::with_ids(ids), |rows| {
            let entries = all(rows, |row| read_entry(row, 0))?.into_iter();
            let entries: HashMap<AuditEntryId, AuditEntry> =
                entries.map(|entry| (entry.id(), entry)).collect();
            Ok(ids.iter().map(|id| entries.get(id).cloned()).collect())
        })
        .await
    }

    async fn videos_at(&self, ids: &[AuditEntryId]) -> Result<Vec<Option<Video>>, RepositoryError> {
        self.read("look up past videos", past::needed_for(ids), |rows| {
            videos_at(&mut past::Known::of(rows)?, ids)
        })
        .await
    }

    async fn list_entries(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditEntry>, RepositoryError> {
        self.read("list entries", entries::page_of_log(filter, page), |rows| {
            page_of(rows, 0, page, |row| read_entry(row, 1))
        })
        .await
    }

    async fn entries_after(
        &self,
        sequence: i64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RepositoryError> {
        let sql = entries::stretch_of_log(sequence, filter, limit);
        self.read("follow the log", sql, |rows| all(rows, |row| read_entry(row, 0))).await
    }

    async fn first_later_entry(&self, time: Timestamp) -> Result<Option<i64>, RepositoryError> {
        self.read("find a time in the log", entries::first_later(time), |rows| {
            rows.first().map_or(Ok(None), |row| Ok(row.try_get(0)?))
        })
        .await
    }

    async fn newest(&self) -> Result<LogPosition, RepositoryError> {
        self.read("find the end of the log", Sql::new(entries::END_OF_LOG), |rows| {
            let Some(row) = rows.first() else { return Ok(LogPosition::START) };
            let id = AuditEntryId { entity_id: read_id(row, 1)?, version: row.try_get(2)? };
            Ok(LogPosition::behind_change(row.try_get(0)?, id, read_time(row, 3)?))
        })
        .await
    }

    async fn count_entries(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        let sql = entries::count_of(filter);
        self.read("count entries", sql, |rows| read_count(only(rows)?, 0)).await
    }

    async fn list_requests(
        &self,
        filter: &AuditFilter,
        page: &PageRequest<i64>,
    ) -> Result<Page<AuditRequest>, RepositoryError> {
        self.read("list requests", request_pages::page_of_requests(filter, page), |rows| {
            page_of(rows, 0, page, |row| {
                let summary = read_summary(row, 1)?;
                Ok(AuditRequest { summary, latest: read_entry(row, 1 + RequestColumn::READ)? })
            })
        })
        .await
    }

    async fn count_requests(&self, filter: &AuditFilter) -> Result<u64, RepositoryError> {
        let sql = request_pages::count_of(filter);
        self.read("count requests", sql, |rows| read_count(only(rows)?, 0)).await
    }

    async fn search(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<Page<SearchHit>, RepositoryError> {
        let Some(sql) = search::page_of_hits(query, filter, page) else { return Ok(Page::empty()) };
        self.read("search videos", sql, |rows| page_of(rows, 0, page, search::read_hit)).await
    }

    async fn hits_before(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
        page: &PageRequest<SearchPosition>,
    ) -> Result<u64, RepositoryError> {
        let sql = hits_before::counts_for(query, filter, page);
        self.read("count what a search finds before a page", sql, |rows| {
            let row = only(rows)?;
            let (up_to, total) = (read_count(row, 0)?, read_count(row, 1)?);
            page.start(up_to, || Ok(total))
        })
        .await
    }

    async fn count_found(
        &self,
        query: &SearchQuery,
        filter: &VideoFilter,
    ) -> Result<u64, RepositoryError> {
        let filter = VideoFilter::All(vec![VideoFilter::Search(query.clone()), filter.clone()]);
        self.counted("count what a search finds", matching::count_matching(&filter)).await
    }

    async fn stats(&self, filter: &VideoFilter) -> Result<VideoStats, RepositoryError> {
        self.read("add up videos", statistics::kinds_of(filter), stats_in).await
    }
}

impl PostgresRepository {
    /// What `read` makes of the rows of a statement.
    pub(super) async fn read<T>(
        &self,
        attempted: &'static str,
        sql: Sql,
        read: impl FnOnce(&[PgRow]) -> Result<T, BoxError>,
    ) -> Result<T, RepositoryError> {
        let rows = self.source.rows(attempted, &sql).await?;
        read(&rows).map_err(failed(attempted))
    }

    /// The number that a statement counts.
    pub(super) async fn counted(
        &self,
        attempted: &'static str,
        sql: Sql,
    ) -> Result<u64, RepositoryError> {
        self.read(attempted, sql, |rows| read_count(only(rows)?, 0)).await
    }
}

fn all<T>(
    rows: &[PgRow],
    read: impl FnMut(&PgRow) -> Result<T, BoxError>,
) -> Result<Vec<T>, BoxError> {
    rows.iter().map(read).collect()
}

fn only(rows: &[PgRow]) -> Result<&PgRow, BoxError> {
    Ok(rows.first().ok_or("the statement counts nothing")?)
}

/// The page of rows whose flag is in this column.
pub(super) fn page_of<T, P>(
    rows: &[PgRow],
    flag: usize,
    request: &PageRequest<P>,
    read: impl Fn(&PgRow) -> Result<T, BoxError>,
) -> Result<Page<T>, BoxError> {
    let mut page = PageBuilder::new(request);
    for row in rows {
        add_row(&mut page, row.try_get(flag)?, || read(row))?;
    }
    Ok(page.build())
}

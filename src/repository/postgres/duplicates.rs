//! Reading videos with equal fingerprints, which PostgreSQL groups.
//!
//! An index finds the fingerprints that several videos have, which are few in most libraries. Only the rows
//! of these videos are read then. If the fingerprints are many, all videos are gone through instead.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::PostgresRepository;
use super::columns::VideoColumn;
use super::failure::BoxError;
use super::filter::{filter_few_videos, filter_videos};
use super::matching::{leading_search, push_from};
use super::reads::page_of;
use super::rows::{read_count, read_quantity, read_text, read_video};
use crate::domain::file::Fingerprint;
use crate::domain::{
    Direction, DuplicateGroup, DuplicatePlace, Page, PageRequest, Quantity, Video, VideoFilter,
};
use crate::repository::sql::{Columns, Conditions, Place, Sql, Value, Walk, columns};
use crate::repository::{DuplicateReader, RepositoryError};

columns! {
    /// The columns of a group, in the statements of this file.
    GroupColumn of "duplicates":
    read {
        Fingerprint = "fingerprint" "text",
        Videos = "videos" "bigint",
        RedundantBytes = "redundant_bytes" "bigint",
    }
    written {}
    computed {}
}

impl Place for DuplicatePlace {
    fn values(&self) -> Vec<Value> {
        vec![self.redundant_bytes.get().into(), self.fingerprint.to_string().into()]
    }
}

/// Selects the fingerprints that several videos have.
const REPEATED: &str = "SELECT fingerprint AS content FROM videos WHERE fingerprint IS NOT NULL
    GROUP BY fingerprint HAVING count(*) > 1";

/// How many times more videos than repeated fingerprints there are where looking up each of these takes as long
/// as going through all videos.
const VIDEOS_PER_LOOK_UP: u32 = 32;

#[async_trait]
impl DuplicateReader for PostgresRepository {
    async fn with_fingerprints(
        &self,
        fingerprints: &[Fingerprint],
        filter: &VideoFilter,
        limit: usize,
    ) -> Result<Vec<Vec<Video>>, RepositoryError> {
        let sql = with_fingerprints(fingerprints, filter, limit);
        self.read("look up videos by their fingerprints", sql, |rows| {
            let mut lists = vec![Vec::new(); fingerprints.len()];
            for row in rows {
                let number = usize::try_from(row.try_get::<i64, _>(0)? - 1)?;
                let list = lists.get_mut(number).ok_or("a video is of no fingerprint")?;
                list.push(read_video(row, 1)?);
            }
            Ok(lists)
        })
        .await
    }

    async fn duplicates(
        &self,
        filter: &VideoFilter,
        page: &PageRequest<DuplicatePlace>,
    ) -> Result<Page<DuplicateGroup>, RepositoryError> {
        let sql = page_of_groups(filter, page);
        self.read("list duplicates", sql, |rows| page_of(rows, 0, page, read_group)).await
    }

    async fn count_duplicates(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        self.counted("count duplicates", count(filter)).await
    }
}

/// The statement for the videos with each of these fingerprints, by ID, after the number of the fingerprint.
pub(super) fn with_fingerprints(
    fingerprints: &[Fingerprint],
    filter: &VideoFilter,
    limit: usize,
) -> Sql {
    let mut sql = Sql::new(format!("SELECT wanted.number, {} FROM unnest(", VideoColumn::SELECTED));
    sql.push_bind(fingerprints.iter().map(ToString::to_string).collect::<Vec<_>>());
    sql.push(
        ") WITH ORDINALITY AS wanted (content, number)
        CROSS JOIN LATERAL (SELECT * FROM videos WHERE videos.fingerprint = wanted.content",
    );
    filter_few_videos(&mut Conditions::after_others(&mut sql), filter);
    sql.push(" ORDER BY videos.id LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql.push(") AS videos ORDER BY wanted.number, videos.id");
    sql
}

/// The statement for a page of groups, with rows as those of every [page](super::pages::page_of).
pub(super) fn page_of_groups(filter: &VideoFilter, page: &PageRequest<DuplicatePlace>) -> Sql {
    let mut sql = Sql::new("WITH member AS (");
    push_candidates(&mut sql, filter, With::Files);
    // Hard links of one file are one, and a video without a file is one of its own.
    sql.push(format_args!(
        "), one AS (
            SELECT fingerprint, count(*) AS videos,
                min(file_size) FILTER (WHERE missing_since IS NULL) AS size
            FROM member
            GROUP BY fingerprint, device, inode, CASE WHEN inode IS NULL THEN id END
        ), duplicates AS (
            SELECT fingerprint, sum(videos)::bigint AS videos,
                least(coalesce(sum(size) - max(size), 0), {})::bigint AS redundant_bytes
            FROM one
            GROUP BY fingerprint
            HAVING sum(videos) > 1
        )",
        Quantity::MAX
    ));
    let order = [
        (GroupColumn::RedundantBytes, Direction::Desc),
        (GroupColumn::Fingerprint, Direction::Asc),
    ];
    for walk in Walk::of_page(page, &order) {
        match walk.near_side {
            false => sql.push(format_args!(" (SELECT false, {}", GroupColumn::SELECTED)),
            true => sql.push(" UNION ALL (SELECT true, NULL, NULL, NULL"),
        };
        sql.push(" FROM duplicates");
        walk.push_beyond(&mut Conditions::of(&mut sql));
        walk.push_order(&mut sql);
        walk.push_limit(&mut sql);
        sql.push(")");
    }
    sql
}

/// The statement for the number of groups.
pub(super) fn count(filter: &VideoFilter) -> Sql {
    let mut sql = Sql::new("SELECT count(*) FROM (");
    if filter.is_everything() {
        sql.push(REPEATED);
    } else {
        sql.push("SELECT 1 FROM (");
        push_candidates(&mut sql, filter, With::Nothing);
        sql.push(") AS member GROUP BY fingerprint HAVING count(*) > 1");
    }
    sql.push(") AS duplicates");
    sql
}

/// What videos are selected with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum With {
    /// Nothing else.
    Nothing,
    /// The numbers of their files.
    Files,
}

/// Adds a statement that selects the videos that match and have a fingerprint; of others only if that takes
/// less time than to leave out those that are the only ones with theirs.
fn push_candidates(sql: &mut Sql, filter: &VideoFilter, with: With) {
    let columns = "SELECT id, fingerprint, file_size, missing_since";
    if filter.is_by_name() || leading_search(filter).is_some() {
        push_joined(sql, with, |sql| {
            push_from(sql.push(columns), filter).and().push("fingerprint IS NOT NULL");
        });
        return;
    }
    // The planner takes these fingerprints for many, whatever they are. So the statement has both ways and decides
    // as it runs.
    sql.push(format_args!(
        "WITH repeated AS MATERIALIZED ({REPEATED}), size AS MATERIALIZED (
            SELECT (SELECT count(*) FROM repeated) * {VIDEOS_PER_LOOK_UP} > coalesce(sum(videos), 0) AS is_large
            FROM video_kinds
        )
        SELECT found.* FROM repeated CROSS JOIN LATERAL ("
    ));
    push_joined(sql, with, |sql| {
        sql.push(columns).push(" FROM videos WHERE fingerprint = repeated.content");
        filter_few_videos(&mut Conditions::after_others(sql), filter);
    });
    // Each fingerprint is looked up by itself.
    sql.push(" OFFSET 0) AS found WHERE NOT (SELECT is_large FROM size) UNION ALL ");
    push_joined(sql, with, |sql| {
        // The fingerprints are hashed, because the planner takes an array for short, and none is looked up, because
        // no index has this expression. Workers are started below what joins `size`, so not in vain.
        sql.push(columns).push(
            " FROM size CROSS JOIN unnest(ARRAY(SELECT content FROM repeated)) AS wanted (content)
            JOIN videos ON videos.fingerprint || '' = wanted.content
            WHERE (SELECT is_large FROM size)",
        );
        filter_videos(&mut Conditions::after_others(sql), filter);
    });
}

/// Adds a statement that selects videos, with the numbers of their files if they are wanted.
fn push_joined(sql: &mut Sql, with: With, push_videos: impl FnOnce(&mut Sql)) {
    if with == With::Nothing {
        return push_videos(sql);
    }
    push_videos(sql.push("SELECT video.*, files.device, files.inode FROM ("));
    sql.push(") AS video LEFT JOIN files ON files.video = video.id");
}

fn read_group(row: &PgRow) -> Result<DuplicateGroup, BoxError> {
    let at = |column: GroupColumn| 1 + column as usize;
    Ok(DuplicateGroup {
        fingerprint: read_text(row, at(GroupColumn::Fingerprint))?.as_str().parse()?,
        videos: read_count(row, at(GroupColumn::Videos))?,
        redundant_bytes: read_quantity(row, at(GroupColumn::RedundantBytes))?,
    })
}

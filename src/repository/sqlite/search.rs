//! Searching videos.

use rusqlite::Row;

use super::few_hits;
use super::filter::Conditions;
use super::keyset::{BeyondTime, limit_and_one, read_page};
use super::match_expression;
use super::reader::{Reader, Reading};
use super::rows::{BoxError, VIDEO, read_number, read_video};
use super::sql::Sql;
use crate::domain::search::Tier;
use crate::domain::{Direction, Page, PageRequest, SearchPlace, SearchQuery, VideoFilter};
use crate::repository::SearchHit;

pub(super) fn search(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPlace>,
) -> impl Reading<Page<SearchHit>> + use<> {
    let (query, filter, page) = (query.clone(), filter.clone(), page.clone());
    move |reader: &Reader| {
        if query.finds_nothing() {
            reader.ping()?;
            return Ok(Page::empty());
        }
        // With nothing to be intersected, no tier takes longer than the videos in it, and those before
        // it, do.
        if !query.is_one_word() {
            let sql = few_hits::statement(&query, &filter);
            if let Some(hits) = few_hits::read(reader, &sql, &query)? {
                return Ok(Page::cut(&hits, &page, |hit, place| hit.place().cmp(place)));
            }
        }
        walk_tiers(&query, &filter, &page)(reader)
    }
}

/// The page of a query that requires something, read from the index in the order of the result.
pub(super) fn walk_tiers(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPlace>,
) -> impl Reading<Page<SearchHit>> + use<> {
    let sql = [page_of_hits(query, filter, page)];
    let page = page.clone();
    move |reader: &Reader| read_page(reader, &sql, &page, read_hit)
}

pub(super) fn count_found(query: &SearchQuery, filter: &VideoFilter) -> impl Reading<u64> + use<> {
    let sql = (!query.finds_nothing()).then(|| count_of(query, filter));
    move |reader: &Reader| match &sql {
        Some(sql) => reader.number(sql),
        None => reader.ping().map(|()| 0),
    }
}

fn count_of(query: &SearchQuery, filter: &VideoFilter) -> Sql {
    let mut sql = Sql::new("SELECT count(*) FROM video_search");
    if !filter.is_everything() {
        sql.push(JOIN_VIDEOS);
    }
    let mut conditions = Conditions::of(&mut sql);
    conditions.and().push("video_search MATCH ").push_bind(match_expression::of_query(query));
    conditions.filter_videos(filter);
    sql
}

const JOIN_VIDEOS: &str = " CROSS JOIN videos ON videos.position = -video_search.rowid";

fn read_hit(row: &Row<'_>) -> Result<SearchHit, BoxError> {
    Ok(SearchHit { tier: Tier::ALL[read_number::<usize>(row, 1)?], video: read_video(row, 2)? })
}

/// The statement for a page of a search. Its rows have a flag as those of
/// [`page_of_videos`](super::keyset::page_of_videos), the tier, and then [`VIDEO`].
pub(super) fn page_of_hits(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPlace>,
) -> Sql {
    let tiers = match_expression::of_tiers(query);
    let ahead = Walk {
        near_side: false,
        newest_first: !page.is_backward(),
        place: page.place(),
        limit: limit_and_one(page),
    };
    let back = page.place().map(|place| Walk {
        near_side: true,
        newest_first: page.is_backward(),
        place: Some(place),
        limit: 1,
    });
    let mut sql = Sql::new("");
    let mut separator = "";
    for walk in [Some(ahead), back].into_iter().flatten() {
        // A place can lie in a tier that the query does not have, and behind all that it has.
        if tiers.iter().any(|(tier, _)| walk.reaches(*tier)) {
            sql.push(separator).push("SELECT * FROM (");
            walk.push(&mut sql, filter, &tiers);
            sql.push(")");
            separator = " UNION ALL ";
        }
    }
    sql
}

/// A stretch of a search's result.
struct Walk<'a> {
    /// Whether it begins at the place itself, to go back from there.
    near_side: bool,
    /// Whether it goes the way of the order, and not against it.
    newest_first: bool,
    /// Where it begins; at the end of the order where no place is given.
    place: Option<&'a SearchPlace>,
    /// How many rows at most.
    limit: i64,
}

impl Walk<'_> {
    /// Adds the statement: one part a tier, of which SQLite begins none before it is through with
    /// the one before, and none at all once it has enough.
    fn push(&self, sql: &mut Sql, filter: &VideoFilter, tiers: &[(Tier, String)]) {
        let mut tiers: Vec<&(Tier, String)> =
            tiers.iter().filter(|(tier, _)| self.reaches(*tier)).collect();
        if !self.newest_first {
            tiers.reverse();
        }
        for (index, (tier, found)) in tiers.into_iter().enumerate() {
            sql.push(if index == 0 { "" } else { " UNION ALL " });
            self.push_tier(sql, filter, *tier, found);
        }
        sql.push(" LIMIT ").push_bind(self.limit);
    }

    fn reaches(&self, tier: Tier) -> bool {
        self.place.is_none_or(|place| {
            if self.newest_first { tier >= place.tier } else { tier <= place.tier }
        })
    }

    fn push_tier(&self, sql: &mut Sql, filter: &VideoFilter, tier: Tier, found: &str) {
        let (flag, number) = (self.near_side, tier as usize);
        let columns = format_args!("{flag} AS near_side, {number} AS tier, {VIDEO}");
        sql.push(format_args!("SELECT * FROM (SELECT {columns} FROM video_search{JOIN_VIDEOS}"));
        let mut conditions = Conditions::of(sql);
        conditions.and().push("video_search MATCH ").push_bind(found.to_owned());
        if let Some(place) = self.place.filter(|place| place.tier == tier) {
            self.push_beyond(conditions.and(), place);
        }
        conditions.filter_videos(filter);
        let direction = if self.newest_first { "ASC" } else { "DESC" };
        sql.push(format_args!(" ORDER BY video_search.rowid {direction} LIMIT "));
        sql.push_bind(self.limit).push(")");
    }

    /// That a video lies beyond the place. The newest video has the lowest rowid.
    fn push_beyond(&self, sql: &mut Sql, place: &SearchPlace) {
        let (direction, than) =
            if self.newest_first { (Direction::Desc, ">=") } else { (Direction::Asc, "<=") };
        let (created_at, id) = (place.created_at.as_micros(), place.id);
        sql.push(format_args!("video_search.rowid {than} -"));
        BeyondTime { direction, or_at: self.near_side, created_at, id }.push_position(sql);
    }
}

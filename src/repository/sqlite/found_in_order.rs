//! Pages of what a search in a filter finds, in any order.
//!
//! From the newest to the oldest, the index returns the hits one by one, and the page is read from
//! there. In every other order, few hits are sorted. If there are many, a walk along the order meets
//! enough of them soon: the names of the first videos are compared with the query, and further ones
//! looked up in the set of all hits. The walk ends where sorting all hits would take as long.
//!
//! A page that skips hits does the same, without looking at names: it looks up in the set what the walk
//! meets, or sorts all hits if the walk would be too long. The hits before a page are counted alike.

use super::exact;
use super::filter::push_condition;
use super::found::{JOIN_VIDEOS, count_of, exact_or_nothing};
use super::found_positions::{Exact, push_found, set_of};
use super::keyset::{self, CLOSE, Walk};
use super::match_expression;
use super::reader::{Reader, Reading};
use super::rows::{BoxError, VIDEO, read_video};
use super::search_functions::IS_HIT;
use super::statistics;
use crate::domain::{
    Direction, Page, PageBuilder, PageRequest, SearchQuery, SortPosition, Video, VideoFilter,
    VideoOrder,
};
use crate::repository::sql::{Conditions, Sql, add_row};

/// How many hits are few: sorting this many takes as long as finding a page of them along an order.
const FEW: i64 = if cfg!(test) { 3 } else { 1500 };

/// How many videos a walk examines by name for each row of its page. In most cases that is enough if
/// every second video is a hit.
const BY_NAME: i64 = 4;

/// How many videos a walk can pass in the time in which one hit is sorted.
const PASSED_PER_HIT: u64 = if cfg!(test) { 1 } else { 10 };

/// The page of the videos that `query` finds and that match `rest`.
pub(super) fn list(
    query: SearchQuery,
    rest: VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> impl Reading<Page<Video>> + use<> {
    let (keys, page) = (keyset::keys_of(order), page.clone());
    move |reader: &Reader| {
        let Some(exact) = exact_or_nothing(reader, &query)? else { return Ok(Page::empty()) };
        let found = Found { reader, query: &query, rest: &rest, exact };
        let mut videos =
            reader.statement(&format!("SELECT {VIDEO} FROM videos WHERE position = ?"))?;
        let mut built = PageBuilder::new(&page);
        for (index, walk) in Walk::of_page(&page, &keys).enumerate() {
            if index > 0 && page.offset() > 0 && built.has_near_side() {
                break;
            }
            for position in found.along(&walk)? {
                add_row(&mut built, walk.near_side, || {
                    let video = videos.first([position], |row| read_video(row, 0))?;
                    video.ok_or_else(|| {
                        BoxError::from(format!("no video is at position {position}"))
                    })
                })?;
            }
        }
        Ok(built.build())
    }
}

/// The number of videos before a page of those that `query` finds and that match `rest`.
pub(super) fn rows_before(
    query: SearchQuery,
    rest: VideoFilter,
    order: &VideoOrder,
    page: &PageRequest<SortPosition>,
) -> impl Reading<u64> + use<> {
    let (keys, page) = (keyset::keys_of(order), page.clone());
    move |reader: &Reader| {
        let Some(exact) = exact_or_nothing(reader, &query)? else { return Ok(0) };
        let found = Found { reader, query: &query, rest: &rest, exact };
        let total = || reader.number(&count_of(&query, &rest, exact));
        let up_to = match page.place() {
            Some(_) => found.number_along(&keyset::walk_up_to(&page, &keys))?,
            None if page.is_backward() => total()?,
            None => 0,
        };
        page.start(up_to, total)
    }
}

/// What a search finds, and what else must hold.
struct Found<'a> {
    reader: &'a Reader,
    query: &'a SearchQuery,
    rest: &'a VideoFilter,
    exact: Exact,
}

impl Found<'_> {
    /// The positions of the first ones along a walk.
    fn along(&self, walk: &Walk<'_>) -> Result<Vec<i64>, BoxError> {
        if keyset::is_by_position(walk) {
            return self.by_position(walk);
        }
        if self.are_few()? {
            return self.sorted(walk);
        }
        if walk.offset == 0 {
            let by_name = self.among_first(walk)?;
            if is_full(walk, &by_name) {
                return Ok(by_name);
            }
        }
        match self.among_close(walk)? {
            Some(close) => Ok(close),
            None => self.sorted(walk),
        }
    }

    /// The number of all along a walk.
    fn number_along(&self, walk: &Walk<'_>) -> Result<u64, BoxError> {
        if keyset::is_by_position(walk) && self.exact == Exact::None {
            let mut sql = Sql::new("SELECT count(*) FROM video_search");
            self.push_matches_along(&mut sql, walk);
            return self.reader.number(&sql);
        }
        let set = self.reader.number(&set_of(self.query, self.exact))?;
        if self.videos()? > self.passed_for(set) {
            return self.reader.number(&self.all_along(walk, "count(*)"));
        }
        let mut sql = Sql::new("SELECT count(*) FROM (SELECT position FROM videos");
        keyset::push_beyond(&mut Conditions::of(&mut sql), walk);
        self.push_hits_of(&mut sql, set)?;
        self.reader.number(&sql)
    }

    /// Read from the index, in its order or backwards.
    fn by_position(&self, walk: &Walk<'_>) -> Result<Vec<i64>, BoxError> {
        let mut positions = Vec::new();
        if !self.query.requires_nothing() {
            positions.extend(self.positions(&self.of_index(walk))?);
        }
        if self.exact == Exact::Some {
            positions.extend(self.positions(&self.of_names(walk))?);
        }
        positions.sort_unstable();
        positions.dedup();
        if walk.first_key().1 == Direction::Desc {
            positions.reverse();
        }
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        positions.drain(..number(walk.offset).min(positions.len()));
        positions.truncate(number(walk.limit));
        Ok(positions)
    }

    /// The statement for the first matches in the index.
    fn of_index(&self, walk: &Walk<'_>) -> Sql {
        let mut sql = Sql::new("SELECT -video_search.rowid FROM video_search");
        self.push_matches_along(&mut sql, walk);
        sql.push(match walk.first_key().1 {
            Direction::Desc => " ORDER BY video_search.rowid ASC",
            Direction::Asc => " ORDER BY video_search.rowid DESC",
        });
        walk.push_limit_of_part(&mut sql);
        sql
    }

    /// Adds what follows `FROM video_search`: that it is a match in the index along a walk by position.
    fn push_matches_along(&self, sql: &mut Sql, walk: &Walk<'_>) {
        if !self.rest.is_everything() {
            sql.push(JOIN_VIDEOS);
        }
        sql.push(" WHERE video_search MATCH ").push_bind(match_expression::of_query(self.query));
        let mut conditions = Conditions::after_others(sql);
        if let Some(beyond) = keyset::beyond_time(walk) {
            let sql = conditions.and().push(match beyond.direction {
                Direction::Desc => "video_search.rowid >= -",
                Direction::Asc => "video_search.rowid <= -",
            });
            beyond.push_position(sql);
        }
        conditions.filter_videos(self.rest);
    }

    /// The statement for the first exact matches.
    fn of_names(&self, walk: &Walk<'_>) -> Sql {
        let mut sql = Sql::new("SELECT position FROM videos WHERE position IN (");
        exact::push_positions(&mut sql, self.query);
        sql.push(")");
        let mut conditions = Conditions::after_others(&mut sql);
        conditions.filter_videos(self.rest);
        keyset::push_beyond(&mut conditions, walk);
        walk.push_order(&mut sql);
        walk.push_limit_of_part(&mut sql);
        sql
    }

    fn are_few(&self) -> Result<bool, BoxError> {
        let mut sql = Sql::new("SELECT count(*) FROM (");
        push_found(&mut sql, self.query, self.exact);
        sql.push(" LIMIT ").push_bind(FEW + 1).push(")");
        Ok(self.reader.number(&sql)? <= FEW.unsigned_abs())
    }

    /// By sorting all.
    fn sorted(&self, walk: &Walk<'_>) -> Result<Vec<i64>, BoxError> {
        let mut sql = self.all_along(walk, "position");
        walk.push_order(&mut sql);
        walk.push_limit(&mut sql);
        self.positions(&sql)
    }

    /// A statement that selects something of all along a walk, in no order.
    fn all_along(&self, walk: &Walk<'_>, selected: &str) -> Sql {
        let mut sql = Sql::new("WITH found (hit) AS (");
        push_found(&mut sql, self.query, self.exact);
        sql.push(format_args!(
            ") SELECT {selected} FROM found CROSS JOIN videos ON videos.position = found.hit"
        ));
        let mut conditions = Conditions::of(&mut sql);
        conditions.filter_videos(self.rest);
        keyset::push_beyond(&mut conditions, walk);
        sql
    }

    /// Those among the first videos along a walk, by their names.
    fn among_first(&self, walk: &Walk<'_>) -> Result<Vec<i64>, BoxError> {
        let mut sql = Sql::new("SELECT position FROM (SELECT * FROM videos");
        push_first(&mut sql, walk, walk.limit.saturating_mul(BY_NAME));
        sql.push(")");
        let search = VideoFilter::Search(self.query.clone());
        let mut conditions = Conditions::of(&mut sql);
        conditions.filter_by_name(&search);
        conditions.filter_by_name(self.rest);
        walk.push_limit(&mut sql);
        self.positions(&sql)
    }

    /// Those among so many videos along a walk as can be passed in the time in which all hits are
    /// sorted; none if that does not decide what the first ones are.
    fn among_close(&self, walk: &Walk<'_>) -> Result<Option<Vec<i64>>, BoxError> {
        let set = self.reader.number(&set_of(self.query, self.exact))?;
        let passed = self.passed_for(set);
        if walk.offset > 0 && self.way_to_page(walk, set)? > passed {
            return Ok(None);
        }
        let mut sql = Sql::new("SELECT position FROM (SELECT position FROM videos");
        push_first(&mut sql, walk, i64::try_from(passed)?);
        self.push_hits_of(&mut sql, set)?;
        walk.push_limit(&mut sql);
        let close = self.positions(&sql)?;
        let is_decided = is_full(walk, &close) || self.videos()? <= passed;
        Ok(is_decided.then_some(close))
    }

    /// Adds the end of a statement whose last source, in parentheses, has positions: that they are in the
    /// set of all hits, and of videos that match the rest.
    fn push_hits_of(&self, sql: &mut Sql, set: u64) -> Result<(), BoxError> {
        sql.push(format_args!(") AS close WHERE {IS_HIT}(close.position, "));
        sql.push_bind(i64::try_from(set)?).push(")");
        if !self.rest.is_everything() {
            sql.push(" AND (SELECT ");
            push_condition(sql, self.rest);
            sql.push(" FROM videos WHERE videos.position = close.position)");
        }
        Ok(())
    }

    /// How many videos a walk can pass in the time in which all hits are sorted.
    fn passed_for(&self, set: u64) -> u64 {
        self.hits(set).saturating_mul(PASSED_PER_HIT).max(CLOSE.unsigned_abs())
    }

    /// How many videos a walk passes to the end of its page, if hits are spread evenly.
    fn way_to_page(&self, walk: &Walk<'_>, set: u64) -> Result<u64, BoxError> {
        let (videos, hits) = (self.videos()?, self.hits(set).max(1));
        let rows = walk.offset.saturating_add(walk.limit).unsigned_abs();
        Ok(rows.saturating_mul(videos.div_ceil(hits)).min(videos))
    }

    fn hits(&self, set: u64) -> u64 {
        self.reader.hit_sets().positions(set).len() as u64
    }

    /// The number of all videos.
    fn videos(&self) -> Result<u64, BoxError> {
        self.reader.number(&statistics::count_of(&VideoFilter::everything()))
    }

    fn positions(&self, sql: &Sql) -> Result<Vec<i64>, BoxError> {
        self.reader.all(sql, |row| Ok(row.get(0)?))
    }
}

fn is_full(walk: &Walk<'_>, positions: &[i64]) -> bool {
    i64::try_from(positions.len()).is_ok_and(|count| count >= walk.limit)
}

/// Adds what follows `FROM videos`: that they are the first along a walk, so many of them.
fn push_first(sql: &mut Sql, walk: &Walk<'_>, count: i64) {
    keyset::push_beyond(&mut Conditions::of(sql), walk);
    walk.push_order(sql);
    sql.push(" LIMIT ").push_bind(count);
}

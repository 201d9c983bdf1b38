//! Searching videos.

use rusqlite::Row;

use super::columns::VideoColumn;
use super::exact;
use super::few_hits;
use super::found::{JOIN_VIDEOS, count_of, exact_or_nothing};
use super::found_positions::{Exact, push_not_exact};
use super::keyset::BeyondTime;
use super::match_expression;
use super::pages::read_page;
use super::reader::{Reader, Reading};
use super::rows::{BoxError, VIDEO, read_number, read_video};
use crate::domain::search::Tier;
use crate::domain::{Direction, Page, PageRequest, SearchPosition, SearchQuery, VideoFilter};
use crate::repository::SearchHit;
use crate::repository::sql::{self, Conditions, Key, Sql};

pub(super) fn search(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
) -> impl Reading<Page<SearchHit>> + use<> {
    let (query, filter, page) = (query.clone(), filter.clone(), page.clone());
    move |reader: &Reader| {
        let Some(exact) = exact_or_nothing(reader, &query)? else { return Ok(Page::empty()) };
        // With nothing to be intersected, no tier takes longer than the videos in it, and those before
        // it, do.
        if !query.is_one_word() {
            let sql = few_hits::statement(&query, &filter, exact);
            if let Some(hits) = few_hits::read(reader, &sql, &query)? {
                return Ok(Page::cut(&hits, &page, |hit, place| hit.place().cmp(place)));
            }
        }
        walk_tiers(&query, &filter, &page, exact)(reader)
    }
}

/// The page of a query that finds something, read from the indexes in the order of the result.
pub(super) fn walk_tiers(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
    exact: Exact,
) -> impl Reading<Page<SearchHit>> + use<> {
    let sql = match page.offset() {
        0 => vec![page_of_hits(query, filter, page, exact)],
        _ => page_after_skipped(query, filter, page, exact),
    };
    let page = page.clone();
    move |reader: &Reader| read_page(reader, &sql, &page, read_hit)
}

fn read_hit(row: &Row<'_>) -> Result<SearchHit, BoxError> {
    Ok(SearchHit { tier: Tier::ALL[read_number::<usize>(row, 1)?], video: read_video(row, 2)? })
}

/// The statement for a page of a search. Its rows have a flag as those of
/// every [walk](Walk::select), the tier, and then [`VIDEO`].
pub(super) fn page_of_hits(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
    exact: Exact,
) -> Sql {
    let tiers = Tiers::of(query, exact);
    let mut sql = Sql::new("");
    let mut separator = "";
    for walk in Walk::of_page(page, &NEWEST_FIRST) {
        // A place can lie in a tier that the query does not have, and behind all that it has.
        if tiers.all().any(|tier| reaches(&walk, tier)) {
            sql.push(separator).push("SELECT * FROM (");
            push_walk(&mut sql, &walk, filter, &tiers);
            sql.push(")");
            separator = " UNION ALL ";
        }
    }
    sql
}

/// The statements for a page that skips hits, and for whether there are any. Of what is skipped, nothing
/// is read but where it is.
fn page_after_skipped(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
    exact: Exact,
) -> Vec<Sql> {
    let statement = |walk: Walk<'_>| {
        let shown = if walk.near_side { Shown::Hits } else { Shown::Positions };
        let tiers = Tiers { shown, ..Tiers::of(query, exact) };
        if !tiers.all().any(|tier| reaches(&walk, tier)) {
            return None;
        }
        let mut sql = Sql::new("SELECT * FROM (");
        if !walk.near_side {
            sql = Sql::new(format!("SELECT false, hit.tier, {VIDEO} FROM ("));
        }
        push_walk(&mut sql, &walk, filter, &tiers);
        sql.push(")");
        if !walk.near_side {
            sql.push(" AS hit CROSS JOIN videos ON videos.position = hit.position");
            sql.push(" ORDER BY hit.tier, hit.position DESC");
        }
        Some(sql)
    };
    Walk::of_page(page, &NEWEST_FIRST).filter_map(statement).collect()
}

pub(super) fn hits_before(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
) -> impl Reading<u64> + use<> {
    let (query, filter, page) = (query.clone(), filter.clone(), page.clone());
    move |reader: &Reader| {
        let Some(exact) = exact_or_nothing(reader, &query)? else { return Ok(0) };
        if !query.is_one_word() {
            let sql = few_hits::statement(&query, &filter, exact);
            if let Some(hits) = few_hits::read(reader, &sql, &query)? {
                let range = page.range(&hits, |hit, place| hit.place().cmp(place));
                return Ok(range.start as u64);
            }
        }
        let total = || reader.number(&count_of(&query, &filter, exact));
        let up_to = match page.place() {
            Some(_) => match count_up_to(&query, &filter, &page, exact) {
                Some(sql) => reader.number(&sql)?,
                None => 0,
            },
            None if page.is_backward() => total()?,
            None => 0,
        };
        page.start(up_to, total)
    }
}

/// The statement for the number of hits up to the position of a page, or before it, if the page goes
/// backward; none if no tier reaches it.
fn count_up_to(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
    exact: Exact,
) -> Option<Sql> {
    let tiers = Tiers { shown: Shown::Positions, ..Tiers::of(query, exact) };
    let against = NEWEST_FIRST.map(|(column, direction)| (column, direction.reversed()));
    let walk = Walk {
        near_side: !page.is_backward(),
        keys: against.to_vec(),
        place: page.place(),
        limit: i64::MAX,
        offset: 0,
    };
    tiers.all().any(|tier| reaches(&walk, tier)).then(|| {
        let mut sql = Sql::new("SELECT count(*) FROM (");
        push_walk(&mut sql, &walk, filter, &tiers);
        sql.push(")");
        sql
    })
}

/// What the statement of a walk shows of a hit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// The flag, the tier and the video.
    Hits,
    /// The tier and the position number of the video.
    Positions,
}

/// The tiers of a search that can have matches.
struct Tiers<'a> {
    query: &'a SearchQuery,
    exact: Exact,
    shown: Shown,
    /// Those of the index, best first, with their matches.
    of_words: Vec<(Tier, String)>,
}

impl<'a> Tiers<'a> {
    fn of(query: &'a SearchQuery, exact: Exact) -> Self {
        let of_words =
            if query.requires_nothing() { Vec::new() } else { match_expression::of_tiers(query) };
        Self { query, exact, shown: Shown::Hits, of_words }
    }

    /// All of them, the best first.
    fn all(&self) -> impl DoubleEndedIterator<Item = Tier> {
        let exact = (self.exact == Exact::Some).then_some(Tier::Exact);
        exact.into_iter().chain(self.of_words.iter().map(|(tier, _)| *tier))
    }

    /// Adds what follows the columns, up to the first condition that more can be added to.
    fn push_source(&self, sql: &mut Sql, tier: Tier, filter: &VideoFilter) {
        let Some((_, found)) = self.of_words.iter().find(|(other, _)| *other == tier) else {
            sql.push(" FROM videos WHERE position IN (");
            exact::push_positions(sql, self.query);
            sql.push(")");
            return;
        };
        // A position is in the index itself.
        let needs_videos = self.shown == Shown::Hits || !filter.is_everything();
        let videos = if needs_videos { JOIN_VIDEOS } else { "" };
        sql.push(format_args!(" FROM video_search{videos} WHERE video_search MATCH "));
        sql.push_bind(found.clone());
        if self.exact == Exact::Some {
            push_not_exact(sql, self.query);
        }
    }
}

/// The order of each tier.
const NEWEST_FIRST: [Key<VideoColumn>; 1] = [(VideoColumn::Position, Direction::Desc)];

/// A stretch of a search's result: within tiers by position, and against that from the last tier on.
type Walk<'p> = sql::Walk<'p, VideoColumn, SearchPosition>;

fn is_newest_first(walk: &Walk<'_>) -> bool {
    walk.first_key().1 == Direction::Desc
}

fn reaches(walk: &Walk<'_>, tier: Tier) -> bool {
    walk.place.is_none_or(|place| {
        if is_newest_first(walk) { tier >= place.tier } else { tier <= place.tier }
    })
}

/// Adds the statement of a walk: one part a tier, of which SQLite begins none before it is through with
/// the one before, and none at all once it has enough.
fn push_walk(sql: &mut Sql, walk: &Walk<'_>, filter: &VideoFilter, tiers: &Tiers<'_>) {
    let mut reached: Vec<Tier> = tiers.all().filter(|tier| reaches(walk, *tier)).collect();
    if !is_newest_first(walk) {
        reached.reverse();
    }
    for (index, tier) in reached.into_iter().enumerate() {
        sql.push(if index == 0 { "" } else { " UNION ALL " });
        push_tier(sql, walk, filter, (tiers, tier));
    }
    walk.push_limit(sql);
}

fn push_tier(
    sql: &mut Sql,
    walk: &Walk<'_>,
    filter: &VideoFilter,
    (tiers, tier): (&Tiers<'_>, Tier),
) {
    let (flag, number) = (walk.near_side, tier as usize);
    sql.push("SELECT * FROM (SELECT ");
    match (tiers.shown, tier) {
        (Shown::Hits, _) => {
            sql.push(format_args!("{flag} AS near_side, {number} AS tier, {VIDEO}"))
        }
        (Shown::Positions, Tier::Exact) => sql.push(format_args!("{number} AS tier, position")),
        (Shown::Positions, _) => {
            sql.push(format_args!("{number} AS tier, -video_search.rowid AS position"))
        }
    };
    tiers.push_source(sql, tier, filter);
    let mut conditions = Conditions::after_others(sql);
    if let Some(place) = walk.place.filter(|place| place.tier == tier) {
        push_beyond(conditions.and(), walk, place);
    }
    conditions.filter_videos(filter);
    // The index has the newest first; of exact matches there are few to sort.
    let order = match (tier, is_newest_first(walk)) {
        (Tier::Exact, true) => "position DESC",
        (Tier::Exact, false) => "position ASC",
        (_, true) => "video_search.rowid ASC",
        (_, false) => "video_search.rowid DESC",
    };
    sql.push(format_args!(" ORDER BY {order}"));
    walk.push_limit_of_part(sql);
    sql.push(")");
}

/// Adds that a video lies beyond the place. The newest video has the lowest rowid.
fn push_beyond(sql: &mut Sql, walk: &Walk<'_>, place: &SearchPosition) {
    let (_, direction) = walk.first_key();
    let (created_at, id) = (place.created_at.as_micros(), place.id);
    let beyond = BeyondTime { direction, or_at: walk.near_side, created_at, id };
    sql.push(match (place.tier, direction) {
        (Tier::Exact, Direction::Desc) => "position <= ",
        (Tier::Exact, Direction::Asc) => "position >= ",
        (_, Direction::Desc) => "video_search.rowid >= -",
        (_, Direction::Asc) => "video_search.rowid <= -",
    });
    beyond.push_position(sql);
}

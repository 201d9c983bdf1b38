//! Pages of searches.
//!
//! A statement is of few fixed shapes and leaves nothing to the estimates of the planner, which knows
//! nothing of words. It first ranks some thousand videos from the page's place on. A tier that has enough
//! of them is done; for any other one it asks the index, and for all at once if there are few hits. What
//! it does not need, PostgreSQL never executes.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::columns::VideoColumn;
use super::failure::BoxError;
use super::ranked::{self, push_compared, push_exact, push_passes};
use super::rows::read_video;
use super::search_terms::{of_query, of_tier, push_indexed, tiers};
use crate::domain::search::Tier;
use crate::domain::{Direction, PageRequest, SearchPosition, SearchQuery, VideoFilter};
use crate::repository::SearchHit;
use crate::repository::sql::{self, Columns, Key, Sql, beyond, keyword};

/// How many videos are ranked without the index.
const NEAR: i64 = 8000;

/// The same where each hit is looked up for a filter.
const NEAR_TO_FILTER: i64 = 4000;

/// The order of each tier.
const NEWEST_FIRST: [Key<VideoColumn>; 2] =
    [(VideoColumn::CreatedAt, Direction::Desc), (VideoColumn::Id, Direction::Desc)];

/// A stretch of a search's result: within tiers by time, and against that from the last tier on.
type Walk<'p> = sql::Walk<'p, VideoColumn, SearchPosition>;

/// The statement for a page of a search. Its rows have a flag, whether the row only shows that there is a
/// hit on the near side of the page's place, the tier and the video. None if no tier reaches the page.
pub(super) fn page_of_hits(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
) -> Option<Sql> {
    let walks = Walk::of_page(page, &NEWEST_FIRST).map(|walk| Stretch::of(query, filter, walk));
    let walks: Vec<Stretch<'_>> =
        walks.filter(|walk| walk.reaches_exact || !walk.tiers.is_empty()).collect();
    if walks.is_empty() {
        return None;
    }
    let mut sql = Sql::new("");
    push_exact(&mut sql, query, filter);
    walks.iter().for_each(|walk| walk.push_near(&mut sql));
    for (index, walk) in walks.iter().enumerate() {
        sql.push(if index == 0 { " (" } else { " UNION ALL (" });
        walk.push_page(&mut sql);
        sql.push(")");
    }
    Some(sql)
}

/// Reads a hit from a row of [`page_of_hits`].
pub(super) fn read_hit(row: &PgRow) -> Result<SearchHit, BoxError> {
    let tier = usize::try_from(row.try_get::<i32, _>(1)?)?;
    Ok(SearchHit { tier: Tier::ALL[tier], video: read_video(row, 2)? })
}

fn push_ranked(sql: &mut Sql, of: &Stretch<'_>, push_rows: impl FnOnce(&mut Sql)) {
    ranked::push_ranked(sql, of.query, of.filter, push_rows);
}

/// A walk along the result of a search.
struct Stretch<'a> {
    query: &'a SearchQuery,
    filter: &'a VideoFilter,
    walk: Walk<'a>,
    /// The tiers that it reaches, in its order, without that of exact matches.
    tiers: Vec<Tier>,
    /// Whether it reaches exact matches.
    reaches_exact: bool,
    /// How many hits decide about it, with those that it skips.
    needed: i64,
}

impl<'a> Stretch<'a> {
    fn of(query: &'a SearchQuery, filter: &'a VideoFilter, mut walk: Walk<'a>) -> Self {
        if walk.place.is_none() && walk.near_side {
            // Any hit will do, and the newest are found first.
            walk.keys = NEWEST_FIRST.to_vec();
        }
        let is_newest_first = walk.first_key().1 == Direction::Desc;
        let reaches = |tier: &Tier| {
            walk.place.is_none_or(|place| {
                if is_newest_first { *tier >= place.tier } else { *tier <= place.tier }
            })
        };
        let mut tiers: Vec<Tier> = tiers(query).iter().copied().filter(reaches).collect();
        if !is_newest_first {
            tiers.reverse();
        }
        let reaches_exact = reaches(&Tier::Exact);
        let needed = walk.limit.saturating_add(walk.offset);
        Self { query, filter, walk, tiers, reaches_exact, needed }
    }

    fn direction(&self) -> Direction {
        self.walk.first_key().1
    }

    /// Which way it goes from tier to tier.
    fn direction_of_tiers(&self) -> Direction {
        self.direction().reversed()
    }

    /// The place, if it is in this tier.
    fn place_in(&self, tier: Tier) -> Option<&'a SearchPosition> {
        self.walk.place.filter(|place| place.tier == tier)
    }

    /// What was ranked for a tier: what lies beyond the place, or all from the end on.
    fn near(&self, tier: Tier) -> &'static str {
        match (self.walk.near_side, self.place_in(tier).is_some()) {
            (false, false) => "ahead",
            (false, true) => "ahead_of_place",
            (true, false) => "back",
            (true, true) => "back_of_place",
        }
    }

    /// Adds what is ranked without the index.
    fn push_near(&self, sql: &mut Sql) {
        // Only the first tier can have the place.
        for tier in self.tiers.iter().take(2) {
            let name = self.near(*tier);
            push_ranked(sql.push(format_args!(", {name} AS MATERIALIZED (")), self, |sql| {
                self.push_nearest(sql, *tier);
            });
            sql.push(format_args!("), {name}_count AS MATERIALIZED (SELECT count(*) AS total"));
            for tier in tiers(self.query).iter().map(|tier| *tier as usize) {
                sql.push(format_args!(", count(*) FILTER (WHERE tier = {tier}) AS tier_{tier}"));
            }
            sql.push(format_args!(" FROM {name})"));
            if self.place_in(*tier).is_none() {
                break;
            }
        }
    }

    fn push_nearest(&self, sql: &mut Sql, tier: Tier) {
        sql.push("(SELECT * FROM video_search");
        if let Some(place) = self.place_in(tier) {
            push_compared(sql.push(" WHERE "), self.operator(), place);
        }
        self.push_order(sql, "");
        let near = if self.filter.is_everything() { NEAR } else { NEAR_TO_FILTER };
        sql.push(format_args!(" LIMIT {near}) s WHERE "));
    }

    /// How what it meets compares with the place.
    fn operator(&self) -> &'static str {
        self.walk.operator(self.direction())
    }

    /// Adds the statement for its rows.
    fn push_page(&self, sql: &mut Sql) {
        if self.walk.near_side {
            let nothing = ", NULL".repeat(VideoColumn::READ);
            sql.push(format_args!("SELECT true, NULL{nothing} FROM ("));
            self.push_hits(sql);
            sql.push(") hit");
            return;
        }
        sql.push(format_args!("SELECT false, hit.tier, {} FROM (", VideoColumn::SELECTED));
        self.push_hits(sql);
        let (of_tiers, in_tier) = (keyword(self.direction_of_tiers()), keyword(self.direction()));
        sql.push(format_args!(
            ") hit CROSS JOIN LATERAL (SELECT * FROM videos WHERE videos.id = hit.id OFFSET 0) videos
            ORDER BY hit.tier {of_tiers}, hit.created_at {in_tier}, hit.id {in_tier}"
        ));
    }

    /// Adds the statement for its hits: parts of which PostgreSQL begins none before it is through with the
    /// one before, and none at all once it has enough.
    fn push_hits(&self, sql: &mut Sql) {
        sql.push("SELECT tier, created_at, id FROM (");
        let mut parts = Parts { sql, separator: "" };
        let place = self.walk.place.filter(|place| self.tiers.contains(&place.tier));
        if let Some(place) = place.filter(|_| self.walk.near_side) {
            parts.add(|sql| self.push_at_place(sql, place));
        }
        if self.reaches_exact && self.direction() == Direction::Desc {
            parts.add(|sql| self.push_exact_ones(sql));
        }
        if let Some(sample) = self.sample() {
            parts.add(|sql| self.push_few(sql, sample));
        }
        for tier in &self.tiers {
            parts.add(|sql| self.push_near_ones(sql, *tier));
            parts.add(|sql| self.push_indexed_ones(sql, *tier));
        }
        if self.reaches_exact && self.direction() == Direction::Asc {
            parts.add(|sql| self.push_exact_ones(sql));
        }
        sql.push(") u");
        self.walk.push_limit(sql);
    }

    /// What shows whether there are few hits in all. A single tier needs no such difference.
    fn sample(&self) -> Option<&'static str> {
        self.tiers.get(1).map(|tier| self.near(*tier))
    }

    /// Adds the hit at the place itself, which mostly is still there.
    fn push_at_place(&self, sql: &mut Sql, place: &SearchPosition) {
        push_ranked(sql.push("SELECT tier, created_at, id FROM ("), self, |sql| {
            push_compared(sql.push("video_search s WHERE "), "=", place);
            sql.push(" AND ");
        });
        sql.push(format_args!(") g WHERE tier = {}", place.tier as usize));
    }

    fn push_exact_ones(&self, sql: &mut Sql) {
        let tier = Tier::Exact as usize;
        sql.push(format_args!("SELECT {tier} AS tier, created_at, id FROM exact WHERE TRUE"));
        self.push_beyond(sql, Tier::Exact);
        self.push_end(sql);
    }

    /// Adds all tiers at once, if there are few hits.
    fn push_few(&self, sql: &mut Sql, sample: &str) {
        let rows = |sql: &mut Sql| {
            sql.push(format_args!("video_search s WHERE (SELECT total FROM {sample}_count) < "));
            sql.push_bind(self.needed).push(" AND ");
            push_indexed(sql, of_query(self.query));
        };
        let condition = |sql: &mut Sql| {
            let Some(place) = self.walk.place.filter(|place| place.tier != Tier::Exact) else {
                sql.push("TRUE");
                return;
            };
            let (tier, later) = (place.tier as usize, beyond(self.direction_of_tiers()));
            sql.push(format_args!("(tier {later} {tier} OR tier = {tier}"));
            self.push_beyond(sql, place.tier);
            sql.push(")");
        };
        let by_tier = format!("tier {}, ", keyword(self.direction_of_tiers()));
        self.push_sorted(sql, rows, condition, &by_tier);
    }

    /// Adds hits of the index in order, and then which of them pass the filter: so that no more videos are
    /// looked up than are needed.
    fn push_sorted(
        &self,
        sql: &mut Sql,
        push_rows: impl FnOnce(&mut Sql),
        push_condition: impl FnOnce(&mut Sql),
        first: &str,
    ) {
        sql.push("SELECT tier, created_at, id FROM (SELECT tier, created_at, id FROM (");
        ranked::push_ranked(sql, self.query, &VideoFilter::everything(), |sql| {
            push_rows(sql);
            sql.push(" AND ");
        });
        push_condition(sql.push(") h WHERE "));
        self.push_order(sql, first);
        sql.push(") g");
        if !self.filter.is_everything() {
            push_passes(sql.push(" WHERE "), self.filter, "g");
        }
        sql.push(" LIMIT ").push_bind(self.needed);
    }

    /// Adds a tier, if enough of it is near.
    fn push_near_ones(&self, sql: &mut Sql, tier: Tier) {
        let (near, number) = (self.near(tier), tier as usize);
        sql.push(format_args!(
            "SELECT tier, created_at, id FROM {near} WHERE tier = {number} AND "
        ));
        self.push_gate(sql, tier, ">=");
        self.push_end(sql);
    }

    /// Adds a tier by the index, if not.
    fn push_indexed_ones(&self, sql: &mut Sql, tier: Tier) {
        let rows = |sql: &mut Sql| {
            self.push_gate(sql.push("video_search s WHERE "), tier, "<");
            push_indexed(sql.push(" AND "), of_tier(self.query, tier));
        };
        let condition = |sql: &mut Sql| {
            sql.push(format_args!("tier = {}", tier as usize));
            self.push_beyond(sql, tier);
        };
        self.push_sorted(sql, rows, condition, "");
    }

    /// Adds the condition that there are not few hits in all, and how many of a tier are near.
    fn push_gate(&self, sql: &mut Sql, tier: Tier, comparison: &str) {
        if let Some(sample) = self.sample() {
            sql.push(format_args!("(SELECT total FROM {sample}_count) >= "));
            sql.push_bind(self.needed).push(" AND ");
        }
        let (near, number) = (self.near(tier), tier as usize);
        sql.push(format_args!("(SELECT tier_{number} FROM {near}_count) {comparison} "));
        sql.push_bind(self.needed);
    }

    /// Adds that a row lies beyond the place, if that is in this tier.
    fn push_beyond(&self, sql: &mut Sql, tier: Tier) {
        if let Some(place) = self.place_in(tier) {
            push_compared(sql.push(" AND "), self.operator(), place);
        }
    }

    /// Adds the order of a part, and how many of its rows are needed.
    fn push_end(&self, sql: &mut Sql) {
        self.push_order(sql, "");
        sql.push(" LIMIT ").push_bind(self.needed);
    }

    /// Adds the order of a part, after what it goes by first.
    fn push_order(&self, sql: &mut Sql, first: &str) {
        let direction = keyword(self.direction());
        sql.push(format_args!(" ORDER BY {first}created_at {direction}, id {direction}"));
    }
}

/// Parts of a statement, one after the other.
struct Parts<'s> {
    sql: &'s mut Sql,
    separator: &'static str,
}

impl Parts<'_> {
    fn add(&mut self, push: impl FnOnce(&mut Sql)) {
        push(self.sql.push(self.separator).push("("));
        self.sql.push(")");
        self.separator = " UNION ALL ";
    }
}

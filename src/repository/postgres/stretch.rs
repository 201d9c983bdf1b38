//! Stretches of a search's result, and the way that a statement goes along them.
//!
//! The planner knows nothing of words, so each statement looks first: it ranks some thousand videos from
//! where the stretch begins, and counts those that pass a filter, where that takes no time. From that, it
//! chooses between the ways, and PostgreSQL executes nothing of the others.

use super::columns::VideoColumn;
use super::filter::filter_videos;
use super::ranked::{push_compared, push_ranked};
use super::search_terms::tiers;
use crate::domain::search::Tier;
use crate::domain::{Direction, SearchPosition, SearchQuery, VideoFilter};
use crate::repository::sql::{self, Conditions, Key, Sql, keyword};

/// How many videos are ranked without the index.
pub(super) const NEAR: i64 = 8000;

/// How many more of them a statement goes through at most, for a tier that has [many](MANY) hits near.
const FURTHER: i64 = 64_000;

/// How many hits of a tier near are many: going on takes less time then than to collect all of the tier.
const MANY: i64 = NEAR / 50;

/// How many videos pass a filter if looking for the words of each takes less time than looking for videos
/// with the words.
const NARROW: i64 = 2000;

/// The order of each tier.
pub(super) const NEWEST_FIRST: [Key<VideoColumn>; 2] =
    [(VideoColumn::CreatedAt, Direction::Desc), (VideoColumn::Id, Direction::Desc)];

/// A stretch of a search's result: within tiers by time, and against that from the last tier on.
pub(super) type Walk<'p> = sql::Walk<'p, VideoColumn, SearchPosition>;

/// How a statement finds the hits of a stretch.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// Each video that passes the filter is ranked.
    Narrow,
    /// All hits are ranked.
    Few,
    /// One tier after the other is read.
    Tiers,
}

/// A walk along the result of a search.
pub(super) struct Stretch<'a> {
    pub(super) query: &'a SearchQuery,
    pub(super) filter: &'a VideoFilter,
    pub(super) walk: Walk<'a>,
    /// The tiers that it reaches, in its order, without that of exact matches.
    pub(super) tiers: Vec<Tier>,
    /// Whether it reaches exact matches.
    pub(super) reaches_exact: bool,
    /// How many hits decide about it, with those that it skips.
    pub(super) needed: i64,
}

/// Adds what all stretches look at.
pub(super) fn push_passing(sql: &mut Sql, filter: &VideoFilter) {
    if can_be_narrow(filter) {
        sql.push(", passing AS MATERIALIZED (SELECT coalesce(sum(videos), 0) AS total");
        filter_videos(&mut Conditions::of(sql.push(" FROM video_kinds")), filter);
        sql.push(")");
    }
}

/// Whether it takes no time to find out how many videos pass a filter.
fn can_be_narrow(filter: &VideoFilter) -> bool {
    filter.is_on_kinds() && !filter.is_everything()
}

impl<'a> Stretch<'a> {
    pub(super) fn of(query: &'a SearchQuery, filter: &'a VideoFilter, mut walk: Walk<'a>) -> Self {
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

    /// Whether it reaches any tier.
    pub(super) fn is_any(&self) -> bool {
        self.reaches_exact || !self.tiers.is_empty()
    }

    pub(super) fn direction(&self) -> Direction {
        self.walk.first_key().1
    }

    /// Which way it goes from tier to tier.
    pub(super) fn direction_of_tiers(&self) -> Direction {
        self.direction().reversed()
    }

    /// The place, if it is in this tier.
    pub(super) fn place_in(&self, tier: Tier) -> Option<&'a SearchPosition> {
        self.walk.place.filter(|place| place.tier == tier)
    }

    /// The ways that it can go.
    pub(super) fn ways(&self) -> impl Iterator<Item = Way> + use<> {
        let narrow = can_be_narrow(self.filter).then_some(Way::Narrow);
        // For a single tier, there is no difference.
        let few = (self.tiers.len() > 1).then_some(Way::Few);
        let ways = [narrow, few, Some(Way::Tiers)];
        let count = if self.tiers.is_empty() { 0 } else { ways.len() };
        ways.into_iter().take(count).flatten()
    }

    /// Whether a tier may not be full even if many of its hits are near.
    pub(super) fn goes_further(&self) -> bool {
        !self.filter.is_everything() || self.needed > MANY
    }

    /// What was ranked for a tier: what lies beyond the place, or all from the end on.
    pub(super) fn near(&self, tier: Tier) -> &'static str {
        match (self.walk.near_side, self.place_in(tier).is_some()) {
            (false, false) => "ahead",
            (false, true) => "ahead_of_place",
            (true, false) => "back",
            (true, true) => "back_of_place",
        }
    }

    /// Which way it goes.
    fn way(&self) -> &'static str {
        if self.walk.near_side { "back_way" } else { "ahead_way" }
    }

    /// Adds what it looks at, and which way it goes then.
    pub(super) fn push_look(&self, sql: &mut Sql) {
        // Only the first tier can have the place.
        for tier in self.tiers.iter().take(2) {
            self.push_near(sql, *tier);
            if self.place_in(*tier).is_none() {
                break;
            }
        }
        if !self.tiers.is_empty() {
            self.push_choice(sql);
        }
    }

    fn push_near(&self, sql: &mut Sql, tier: Tier) {
        let name = self.near(tier);
        sql.push(format_args!(", {name} AS MATERIALIZED ("));
        push_ranked(sql, self.query, &VideoFilter::everything(), |sql| {
            self.push_nearest(sql, tier);
            sql.push(" WHERE ");
        });
        sql.push(format_args!("), {name}_count AS MATERIALIZED (SELECT count(*) AS total"));
        for tier in tiers(self.query).iter().map(|tier| *tier as usize) {
            sql.push(format_args!(", count(*) FILTER (WHERE tier = {tier}) AS tier_{tier}"));
        }
        sql.push(format_args!(" FROM {name})"));
    }

    fn push_choice(&self, sql: &mut Sql) {
        sql.push(format_args!(", {} AS MATERIALIZED (SELECT CASE WHEN FALSE THEN 0", self.way()));
        for way in self.ways() {
            match way {
                Way::Narrow => {
                    sql.push(" WHEN (SELECT total FROM passing) <= ").push_bind(NARROW);
                }
                Way::Few => {
                    let sample = self.near(self.tiers[1]);
                    sql.push(format_args!(" WHEN (SELECT total FROM {sample}_count) < "));
                    sql.push_bind(self.needed);
                }
                Way::Tiers => {
                    sql.push(" WHEN TRUE");
                }
            }
            sql.push(format_args!(" THEN {}", way as usize));
        }
        sql.push(" END AS way)");
    }

    /// Adds the condition that it goes this way.
    pub(super) fn push_goes(&self, sql: &mut Sql, way: Way) {
        sql.push(format_args!("(SELECT way FROM {}) = {}", self.way(), way as usize));
    }

    /// Adds the condition that many hits of a tier are near.
    pub(super) fn push_are_many(&self, sql: &mut Sql, tier: Tier) {
        sql.push(format_args!(
            "(SELECT tier_{} FROM {}_count) >= ",
            tier as usize,
            self.near(tier)
        ));
        sql.push_bind(MANY);
    }

    /// Adds the rows of the words that are near for a tier, as a table `s`.
    fn push_nearest(&self, sql: &mut Sql, tier: Tier) {
        sql.push("(SELECT *");
        self.push_from_place(sql, tier);
        sql.push(format_args!(" LIMIT {NEAR}) s"));
    }

    /// Adds those that come next.
    pub(super) fn push_next(&self, sql: &mut Sql, tier: Tier) {
        sql.push("(SELECT *");
        self.push_from_place(sql, tier);
        sql.push(format_args!(" LIMIT {FURTHER} OFFSET {NEAR}) s"));
    }

    /// Adds the condition that a row lies beyond all that the statement goes through for a tier.
    pub(super) fn push_is_far(&self, sql: &mut Sql, tier: Tier) {
        let operator = sql::beyond(self.direction());
        sql.push(format_args!("(created_at, id) {operator} (SELECT created_at, id"));
        self.push_from_place(sql, tier);
        sql.push(format_args!(" LIMIT 1 OFFSET {NEAR} - 1"));
        if self.goes_further() {
            self.push_are_many(sql.push(" + (SELECT CASE WHEN "), tier);
            sql.push(format_args!(" THEN {FURTHER} ELSE 0 END)"));
        }
        sql.push(")");
    }

    /// Adds all words in the order of the stretch, from the place on if that is in this tier.
    fn push_from_place(&self, sql: &mut Sql, tier: Tier) {
        sql.push(" FROM video_search");
        if let Some(place) = self.place_in(tier) {
            push_compared(sql.push(" WHERE "), self.operator(), place);
        }
        self.push_order(sql, "");
    }

    /// How what it meets compares with the place.
    fn operator(&self) -> &'static str {
        self.walk.operator(self.direction())
    }

    /// Adds that a row lies beyond the place, if that is in this tier.
    pub(super) fn push_beyond(&self, sql: &mut Sql, tier: Tier) {
        if let Some(place) = self.place_in(tier) {
            push_compared(sql.push(" AND "), self.operator(), place);
        }
    }

    /// Adds the order of a part, after what it goes by first.
    pub(super) fn push_order(&self, sql: &mut Sql, first: &str) {
        let direction = keyword(self.direction());
        sql.push(format_args!(" ORDER BY {first}created_at {direction}, id {direction}"));
    }
}

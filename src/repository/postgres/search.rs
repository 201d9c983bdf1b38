//! Pages of searches.
//!
//! A statement is of few fixed shapes. It consists of parts, one for each [way](Way) and tier, of which
//! PostgreSQL begins none before it is through with the one before, and none at all once it has enough.
//! Whether a hit passes a filter is looked up last, one hit after the other.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::columns::VideoColumn;
use super::failure::BoxError;
use super::filter::filter_few_videos;
use super::ranked::{push_compared, push_exact, push_passes, push_ranked, push_ranked_in_order};
use super::rows::read_video;
use super::search_sample::push_indexed_by_rare;
use super::search_tokens::{of_tier, push_indexed};
use super::stretch::{NEWEST_FIRST, Stretch, Walk, Way, push_passing};
use crate::domain::search::Tier;
use crate::domain::{Direction, PageRequest, SearchPosition, SearchQuery, VideoFilter};
use crate::repository::SearchHit;
use crate::repository::sql::{Columns, Conditions, Sql, beyond, keyword};

/// The statement for a page of a search. Its rows have a flag, whether the row only shows that there is a
/// hit on the near side of the page's place, the tier and the video. None if no tier reaches the page.
pub(super) fn page_of_hits(
    query: &SearchQuery,
    filter: &VideoFilter,
    page: &PageRequest<SearchPosition>,
) -> Option<Sql> {
    let stretches = Walk::of_page(page, &NEWEST_FIRST).map(|walk| Stretch::of(query, filter, walk));
    let stretches: Vec<Stretch<'_>> = stretches.filter(Stretch::is_any).collect();
    if stretches.is_empty() {
        return None;
    }
    let mut sql = Sql::new("");
    push_exact(&mut sql, query, filter);
    push_passing(&mut sql, filter);
    stretches.iter().for_each(|stretch| stretch.push_look(&mut sql));
    for (index, stretch) in stretches.iter().enumerate() {
        sql.push(if index == 0 { " (" } else { " UNION ALL (" });
        push_page(&mut sql, stretch);
        sql.push(")");
    }
    Some(sql)
}

/// Reads a hit from a row of [`page_of_hits`].
pub(super) fn read_hit(row: &PgRow) -> Result<SearchHit, BoxError> {
    let tier = usize::try_from(row.try_get::<i32, _>(1)?)?;
    Ok(SearchHit { tier: Tier::ALL[tier], video: read_video(row, 2)? })
}

/// Adds the statement for the rows of a stretch.
fn push_page(sql: &mut Sql, stretch: &Stretch<'_>) {
    if stretch.walk.near_side {
        let nothing = ", NULL".repeat(VideoColumn::READ);
        sql.push(format_args!("SELECT true, NULL{nothing} FROM ("));
        push_hits(sql, stretch);
        sql.push(") hit");
        return;
    }
    sql.push(format_args!("SELECT false, hit.tier, {} FROM (", VideoColumn::SELECTED));
    push_hits(sql, stretch);
    let (of_tiers, in_tier) = (stretch.direction_of_tiers(), keyword(stretch.direction()));
    let of_tiers = keyword(of_tiers);
    sql.push(format_args!(
        ") hit CROSS JOIN LATERAL (SELECT * FROM videos WHERE videos.id = hit.id OFFSET 0) videos
        ORDER BY hit.tier {of_tiers}, hit.created_at {in_tier}, hit.id {in_tier}"
    ));
}

/// Adds the statement for the hits of a stretch.
fn push_hits(sql: &mut Sql, stretch: &Stretch<'_>) {
    sql.push("SELECT tier, created_at, id FROM (");
    let mut parts = Parts { sql, stretch, separator: "" };
    let place = stretch.walk.place.filter(|place| stretch.tiers.contains(&place.tier));
    if let Some(place) = place.filter(|_| stretch.walk.near_side) {
        parts.add_at_place(place);
    }
    if stretch.reaches_exact && stretch.direction() == Direction::Desc {
        parts.add_exact_ones();
    }
    for way in stretch.ways() {
        match way {
            Way::Narrow => parts.add_narrow(),
            Way::Few => parts.add_few(),
            Way::Tiers => stretch.tiers.iter().for_each(|tier| parts.add_tier(*tier)),
        }
    }
    if stretch.reaches_exact && stretch.direction() == Direction::Asc {
        parts.add_exact_ones();
    }
    sql.push(") u");
    stretch.walk.push_limit(sql);
}

/// Parts of a statement, one after the other.
struct Parts<'s, 'a> {
    sql: &'s mut Sql,
    stretch: &'s Stretch<'a>,
    separator: &'static str,
}

impl Parts<'_, '_> {
    fn add(&mut self, push: impl FnOnce(&mut Sql)) {
        push(self.sql.push(self.separator).push("("));
        self.sql.push(")");
        self.separator = " UNION ALL ";
    }

    /// Adds the hit at the place itself, which mostly is still there.
    fn add_at_place(&mut self, place: &SearchPosition) {
        let Stretch { query, filter, .. } = *self.stretch;
        self.add(|sql| {
            push_ranked(sql.push("SELECT tier, created_at, id FROM ("), query, filter, |sql| {
                push_compared(sql.push("video_search s WHERE "), "=", place);
                sql.push(" AND ");
            });
            sql.push(format_args!(") g WHERE tier = {}", place.tier as usize));
        });
    }

    fn add_exact_ones(&mut self) {
        let stretch = self.stretch;
        self.add(|sql| {
            let tier = Tier::Exact as usize;
            sql.push(format_args!("SELECT {tier} AS tier, created_at, id FROM exact WHERE TRUE"));
            stretch.push_beyond(sql, Tier::Exact);
            stretch.push_order(sql, "");
            sql.push(" LIMIT ").push_bind(stretch.needed);
        });
    }

    /// Adds all tiers at once, if few videos pass the filter.
    fn add_narrow(&mut self) {
        let stretch = self.stretch;
        self.add_all_tiers(
            |sql| {
                sql.push("(SELECT created_at AS time, id AS video FROM videos WHERE ");
                stretch.push_goes(sql, Way::Narrow);
                filter_few_videos(&mut Conditions::after_others(sql), stretch.filter);
                sql.push(
                    " OFFSET 0) v CROSS JOIN LATERAL (SELECT * FROM video_search
                WHERE created_at = v.time AND id = v.video OFFSET 0) s WHERE ",
                );
            },
            &VideoFilter::everything(),
        );
    }

    /// Adds all tiers at once, if there are few hits.
    fn add_few(&mut self) {
        let stretch = self.stretch;
        self.add_all_tiers(
            |sql| {
                stretch.push_goes(sql.push("video_search s WHERE "), Way::Few);
                push_indexed_by_rare(sql.push(" AND "), stretch.query);
                sql.push(" AND ");
            },
            stretch.filter,
        );
    }

    fn add_all_tiers(&mut self, push_rows: impl FnOnce(&mut Sql), filter: &VideoFilter) {
        let stretch = self.stretch;
        let by_tier = format!("tier {}, ", keyword(stretch.direction_of_tiers()));
        self.add_passing(filter, &by_tier, |sql| {
            push_ranked(sql.push("("), stretch.query, &VideoFilter::everything(), push_rows);
            sql.push(") h WHERE ");
            let Some(place) = stretch.walk.place.filter(|place| place.tier != Tier::Exact) else {
                sql.push("TRUE");
                return;
            };
            let (tier, later) = (place.tier as usize, beyond(stretch.direction_of_tiers()));
            sql.push(format_args!("(tier {later} {tier} OR tier = {tier}"));
            stretch.push_beyond(sql, place.tier);
            sql.push(")");
        });
    }

    /// Adds a tier: what is near, what comes next if that is worth while, and what the index has beyond.
    fn add_tier(&mut self, tier: Tier) {
        let (stretch, number) = (self.stretch, tier as usize);
        self.add_passing(stretch.filter, "", |sql| {
            sql.push(format_args!("{} h WHERE tier = {number} AND ", stretch.near(tier)));
            stretch.push_goes(sql, Way::Tiers);
        });
        if stretch.goes_further() {
            self.add_next(tier);
        }
        self.add_passing(stretch.filter, "", |sql| {
            push_ranked(sql.push("("), stretch.query, &VideoFilter::everything(), |sql| {
                stretch.push_goes(sql.push("video_search s WHERE "), Way::Tiers);
                push_indexed(sql.push(" AND "), of_tier(stretch.query, tier));
                stretch.push_is_far(sql.push(" AND "), tier);
                sql.push(" AND ");
            });
            sql.push(format_args!(") h WHERE tier = {number}"));
        });
    }

    /// Adds the hits of a tier that come after those near, which are read one by one.
    fn add_next(&mut self, tier: Tier) {
        let stretch = self.stretch;
        self.add_passing(stretch.filter, "", |sql| {
            let push_rows = |sql: &mut Sql| {
                stretch.push_next(sql, tier);
                stretch.push_goes(sql.push(" WHERE "), Way::Tiers);
                stretch.push_are_many(sql.push(" AND "), tier);
                sql.push(" AND ");
            };
            push_ranked_in_order(sql.push("("), stretch.query, push_rows, |sql| {
                stretch.push_order(sql, "");
            });
            sql.push(format_args!(") h WHERE tier = {}", tier as usize));
        });
    }

    /// Adds hits in order, and then which of them pass a filter: so that no more videos are looked up than
    /// are needed.
    fn add_passing(&mut self, filter: &VideoFilter, first: &str, push_from: impl FnOnce(&mut Sql)) {
        let stretch = self.stretch;
        self.add(|sql| {
            sql.push("SELECT tier, created_at, id FROM (SELECT tier, created_at, id FROM ");
            push_from(sql);
            stretch.push_order(sql, first);
            sql.push(") g");
            if !filter.is_everything() {
                push_passes(sql.push(" WHERE "), filter, "g");
            }
            sql.push(" LIMIT ").push_bind(stretch.needed);
        });
    }
}

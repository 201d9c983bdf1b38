//! The words of a search as conditions on the texts in `video_search`.
//!
//! A statement has nothing of what a user wrote, only places for values. Its text depends on the number
//! of terms and spellings, so that few statements are prepared.

use crate::domain::SearchQuery;
use crate::domain::search::{SearchTerm, Tier};
use crate::repository::sql::Sql;

/// The column with the words of the filename, and the one with those of the path as well.
const FILENAME: &str = "filename";
pub(super) const ANYWHERE: &str = "anywhere";

/// What counts as a word of the query.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Start,
}

/// The tiers that matches by words can have, best first. A phrase has no start that is not whole.
pub(super) fn tiers(query: &SearchQuery) -> &'static [Tier] {
    let is_start = |term: &SearchTerm| matches!(term, SearchTerm::Start(_));
    if query.requires_nothing() {
        &[]
    } else if query.required().iter().any(is_start) {
        &[Tier::FilenameWhole, Tier::FilenameStart, Tier::PathWhole, Tier::PathStart]
    } else {
        &[Tier::FilenameWhole, Tier::PathWhole]
    }
}

/// Adds the condition that a row matches a query, which requires something.
pub(super) fn push_found(sql: &mut Sql, query: &SearchQuery) {
    push_all(sql, query, (ANYWHERE, Form::Start));
    for phrase in query.excluded() {
        sql.push(" AND strpos(anywhere, ").push_bind(phrase.padded().to_owned()).push(") = 0");
    }
}

/// Adds an expression: the number of the tier of a row that matches.
pub(super) fn push_tier(sql: &mut Sql, query: &SearchQuery) {
    sql.push("CASE");
    let (last, others) = tiers(query).split_last().expect("a query that matches rows has tiers");
    for tier in others {
        push_all(sql.push(" WHEN "), query, texts_of(*tier));
        sql.push(format_args!(" THEN {}", *tier as usize));
    }
    sql.push(format_args!(" ELSE {} END", *last as usize));
}

/// Where a tier has the terms of a query, and how.
fn texts_of(tier: Tier) -> (&'static str, Form) {
    match tier {
        Tier::Exact | Tier::FilenameWhole => (FILENAME, Form::Whole),
        Tier::FilenameStart => (FILENAME, Form::Start),
        Tier::PathWhole => (ANYWHERE, Form::Whole),
        Tier::PathStart => (ANYWHERE, Form::Start),
    }
}

fn push_all(sql: &mut Sql, query: &SearchQuery, (column, form): (&str, Form)) {
    for (index, term) in query.required().iter().enumerate() {
        sql.push(if index == 0 { "" } else { " AND " });
        push_any(sql, term, (column, form));
    }
}

/// Adds that a text has a term, in any of its spellings.
pub(super) fn push_any(sql: &mut Sql, term: &SearchTerm, (column, form): (&str, Form)) {
    for (index, words) in term.spellings().enumerate() {
        let text = match (term, form) {
            (SearchTerm::Start(_), Form::Start) => words.padded().trim_end_matches(' '),
            _ => words.padded(),
        };
        sql.push(if index == 0 { "(" } else { " OR " });
        sql.push(format_args!("strpos({column}, ")).push_bind(text.to_owned()).push(") > 0");
    }
    sql.push(")");
}

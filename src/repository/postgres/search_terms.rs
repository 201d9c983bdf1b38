//! The words of a search: as conditions on the texts in `video_search`, which decide, and as queries of
//! its index, which select what can meet them.
//!
//! A statement has nothing of what a user wrote, only places for values. Its text depends on the number
//! of terms and spellings, so that few statements are prepared.

use crate::domain::SearchQuery;
use crate::domain::search::{SearchTerm, SearchWords, Tier};
use crate::repository::sql::Sql;

/// The expression that the index has.
pub(super) const TOKENS: &str = "search_tokens_1(filename, anywhere)";

/// The column with the words of the filename, and the one with those of the path as well.
const FILENAME: &str = "filename";
const ANYWHERE: &str = "anywhere";

/// The marks of the words in the index.
const IN_FILENAME: char = 'f';
const IN_ANY: char = 'p';

/// The number of characters of a word that the index has.
const LONGEST: usize = 100;

/// Rows from all over the table, always the same: as many as 300 kB have, some 1,500.
const SAMPLE: &str = "video_search TABLESAMPLE SYSTEM
    (least(100, 30000000.0 / greatest(pg_relation_size('video_search'), 1))) REPEATABLE (0)";

/// How many times as frequent as the rarest term of a query another one is, if the index takes longer to
/// read its places than its rows take to be read.
const FREQUENT: i64 = 20;

/// Stands between the runs of a phrase. The index does not have it.
const BOUNDARY: &str = "|";

/// What counts as a word of the query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
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
fn push_any(sql: &mut Sql, term: &SearchTerm, (column, form): (&str, Form)) {
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

/// Adds the condition that the index has a row for a query of the index. What the query is remains hidden
/// from the planner, which would read the whole table for frequent words.
pub(super) fn push_indexed(sql: &mut Sql, query: String) {
    sql.push(format_args!("{TOKENS} @@ (SELECT ")).push_bind(query).push("::tsquery)");
}

/// Adds the condition that the index has a row for all that matches a query, and perhaps for more.
///
/// The index reads all places of a word that only has to begin as a term does. For a frequent one beside a
/// rare one, that takes longer than to look whether the few rows with the rare one have it. So the query of
/// the index has only the terms that are not frequent beside the rarest one, by a sample of all words.
pub(super) fn push_indexed_by_rare(sql: &mut Sql, query: &SearchQuery) {
    let terms = query.required();
    if terms.len() < 2 {
        return push_indexed(sql, of_query(query));
    }
    sql.push(format_args!("{TOKENS} @@ (SELECT concat_ws(' & '"));
    for (index, term) in terms.iter().enumerate() {
        sql.push(format_args!(
            ", CASE WHEN term_{index} <= {FREQUENT} * greatest(rarest, 1) THEN "
        ));
        sql.push_bind(any(term, IN_ANY, Form::Start)).push(" END");
    }
    for other in excluded(query) {
        sql.push(", ").push_bind(format!("!({other})"));
    }
    let names: Vec<String> = (0..terms.len()).map(|index| format!("term_{index}")).collect();
    sql.push(format_args!(")::tsquery FROM (SELECT *, least({}) AS rarest", names.join(", ")));
    sql.push(" FROM (SELECT ");
    for (index, (term, name)) in terms.iter().zip(&names).enumerate() {
        sql.push(if index == 0 { "count(*) FILTER (WHERE " } else { ", count(*) FILTER (WHERE " });
        push_any(sql, term, (ANYWHERE, Form::Start));
        sql.push(format_args!(") AS {name}"));
    }
    sql.push(format_args!(" FROM {SAMPLE}) c) n)"));
}

/// The query of the index for all that matches, and what else the index selects if it does not
/// [decide](index_decides).
pub(super) fn of_query(query: &SearchQuery) -> String {
    without(all(query, IN_ANY, Form::Start), excluded(query))
}

/// The query of the index for one tier.
///
/// It leaves out better tiers: few of the many matches of a frequent word remain then. That is only right
/// where the index decides about the terms.
pub(super) fn of_tier(query: &SearchQuery, tier: Tier) -> String {
    let in_filename = |form| all(query, IN_FILENAME, form);
    let whole = || all(query, IN_ANY, Form::Whole);
    let (found, better) = match tier {
        Tier::Exact | Tier::FilenameWhole => (in_filename(Form::Whole), vec![]),
        Tier::FilenameStart => (in_filename(Form::Start), vec![in_filename(Form::Whole)]),
        Tier::PathWhole => (whole(), vec![in_filename(Form::Start)]),
        Tier::PathStart => {
            (all(query, IN_ANY, Form::Start), vec![in_filename(Form::Start), whole()])
        }
    };
    let better = if decides_about_terms(query) { better } else { vec![] };
    without(found, better.into_iter().chain(excluded(query)))
}

/// The query of the index for all that is in this tier or a better one, and what else the index selects if
/// it does not [decide](index_decides).
pub(super) fn of_tiers_up_to(query: &SearchQuery, tier: Tier) -> String {
    let by_start = || all(query, IN_FILENAME, Form::Start);
    match tier {
        Tier::Exact | Tier::FilenameWhole => of_tier(query, Tier::FilenameWhole),
        Tier::FilenameStart => without(by_start(), excluded(query)),
        Tier::PathWhole => {
            let found = format!("(({}) | ({}))", by_start(), all(query, IN_ANY, Form::Whole));
            without(found, excluded(query))
        }
        Tier::PathStart => of_query(query),
    }
}

/// Whether all that the index has for a query matches it.
pub(super) fn index_decides(query: &SearchQuery) -> bool {
    decides_about_terms(query) && query.excluded().iter().all(is_decided)
}

fn decides_about_terms(query: &SearchQuery) -> bool {
    query.required().iter().all(|term| term.spellings().all(is_decided))
}

/// Whether the index knows where these words are: it has no order of words, and only the start of long
/// ones.
fn is_decided(words: &SearchWords) -> bool {
    words.tokens().count() == 1 && words.tokens().all(|token| token.chars().count() < LONGEST)
}

fn all(query: &SearchQuery, mark: char, form: Form) -> String {
    let terms: Vec<String> = query.required().iter().map(|term| any(term, mark, form)).collect();
    terms.join(" & ")
}

fn any(term: &SearchTerm, mark: char, form: Form) -> String {
    let is_start = matches!(term, SearchTerm::Start(_)) && form == Form::Start;
    let star = if is_start { ":*" } else { "" };
    let ways: Vec<String> = term.spellings().map(|words| each(words, mark, star)).collect();
    format!("({})", ways.join(" | "))
}

fn each(words: &SearchWords, mark: char, star: &str) -> String {
    let tokens = words.tokens().filter(|token| *token != BOUNDARY);
    let tokens = tokens.map(|token| {
        let start: String = token.chars().take(LONGEST).collect();
        format!("'{mark}{start}'{star}")
    });
    tokens.collect::<Vec<_>>().join(" & ")
}

/// The excluded words that the index knows.
fn excluded(query: &SearchQuery) -> impl Iterator<Item = String> {
    let known = query.excluded().iter().filter(|phrase| is_decided(phrase));
    known.map(|phrase| each(phrase, IN_ANY, ""))
}

fn without(found: String, others: impl IntoIterator<Item = String>) -> String {
    others.into_iter().fold(found, |found, other| format!("{found} & !({other})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> SearchQuery {
        SearchQuery::parse(text).unwrap()
    }

    #[track_caller]
    fn tier_queries(text: &str, expected: &[&str]) {
        let query = query(text);
        let queries: Vec<String> =
            tiers(&query).iter().map(|tier| of_tier(&query, *tier)).collect();
        assert_eq!(queries, expected, "{text}");
    }

    #[test]
    fn each_tier_leaves_out_those_before() {
        tier_queries(
            "Two",
            &[
                "('ftwo')",
                "('ftwo':*) & !(('ftwo'))",
                "('ptwo') & !(('ftwo':*))",
                "('ptwo':*) & !(('ftwo':*)) & !(('ptwo'))",
            ],
        );
    }

    #[test]
    fn tiers_are_also_selected_together() {
        for (tier, expected) in [
            (Tier::FilenameWhole, "('ftwo') & !('po')"),
            (Tier::FilenameStart, "('ftwo':*) & !('po')"),
            (Tier::PathWhole, "((('ftwo':*)) | (('ptwo'))) & !('po')"),
            (Tier::PathStart, "('ptwo':*) & !('po')"),
        ] {
            assert_eq!(of_tiers_up_to(&query("two -o"), tier), expected, "{tier:?}");
        }
    }

    #[test]
    fn the_order_of_words_is_left_to_the_texts() {
        tier_queries(
            "\"a b\" -\"c d\" -e",
            &["('fa' & 'fb') & !('pe')", "('pa' & 'pb') & !('pe')"],
        );
        tier_queries("\"日 本\"", &["('f日' & 'f本')", "('p日' & 'p本')"]);
        for (text, decides) in
            [("a b -c", true), ("a \"b\"", true), ("\"a b\"", false), ("a -\"b c\"", false)]
        {
            assert_eq!(index_decides(&query(text)), decides, "{text}");
        }
    }

    #[test]
    fn a_compound_is_its_words_or_one() {
        assert_eq!(of_query(&query("x-y")), "('px':* | 'pxy':*) & ('py':* | 'pxy':*)");
        let mut sql = Sql::new("");
        push_found(&mut sql, &query("x-y -z"));
        let term = "(strpos(anywhere, ?) > 0 OR strpos(anywhere, ?) > 0)";
        assert_eq!(sql.text(), format!("{term} AND {term} AND strpos(anywhere, ?) = 0"));
    }

    #[test]
    fn long_words_are_cut_as_in_the_index() {
        let (long, cut) = ("x".repeat(150), "x".repeat(100));
        assert_eq!(of_query(&query(&long)), format!("('p{cut}':*)"));
        assert!(!index_decides(&query(&long)) && !index_decides(&query(&cut)));
        assert!(index_decides(&query(&cut[1..])));
    }
}

//! Queries of the index of `video_search`, which select what can match a search.
//!
//! The index knows which words a row has, but not their order, and of long words only the start. Where that
//! is not enough, the conditions on the texts decide (`search_terms`).

use super::search_terms::Form;
use crate::domain::SearchQuery;
use crate::domain::search::{SearchTerm, SearchWords, Tier};
use crate::repository::sql::Sql;

/// The expression that the index has.
pub(super) const TOKENS: &str = "search_tokens_1(filename, anywhere)";

/// The marks of the words in the index.
const IN_FILENAME: char = 'f';
pub(super) const IN_ANY: char = 'p';

/// The number of characters of a word that the index has.
const LONGEST: usize = 100;

/// Stands between the runs of a phrase. The index does not have it.
const BOUNDARY: &str = "|";

/// Adds the condition that the index has a row for a query of the index. What the query is remains hidden
/// from the planner, which would read the whole table for frequent words.
pub(super) fn push_indexed(sql: &mut Sql, query: String) {
    sql.push(format_args!("{TOKENS} @@ (SELECT ")).push_bind(query).push("::tsquery)");
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

pub(super) fn any(term: &SearchTerm, mark: char, form: Form) -> String {
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
pub(super) fn excluded(query: &SearchQuery) -> impl Iterator<Item = String> {
    let known = query.excluded().iter().filter(|phrase| is_decided(phrase));
    known.map(|phrase| each(phrase, IN_ANY, ""))
}

fn without(found: String, others: impl IntoIterator<Item = String>) -> String {
    others.into_iter().fold(found, |found, other| format!("{found} & !({other})"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::postgres::search_terms::{push_found, tiers};

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

//! Queries of the index of `video_search`, which select what can match a search.
//!
//! The index knows which words a row has, and of their order only how two words begin that follow one
//! another. Of long words it has the start. Where that is not enough, the conditions on the texts decide
//! (`search_terms`).

use super::search_terms::Form;
use crate::domain::SearchQuery;
use crate::domain::search::{SearchTerm, SearchWords, Tier};
use crate::repository::sql::Sql;

/// The expression that the index has.
const TOKENS: &str = "search_tokens_2(filename, anywhere)";

/// The marks of whole words in the index.
const IN_FILENAME: char = 'f';
pub(super) const IN_ANY: char = 'p';

/// The mark of two words that follow one another, and how many characters the index has of each.
const PAIR: char = 'q';
const OF_PAIR: usize = 2;

/// The marks of words without their last character, in the filename and elsewhere.
const LONGER_IN_FILENAME: char = 'g';
const LONGER_ELSEWHERE: char = 'l';

/// The number of characters of a word that the index has.
const LONGEST: usize = 100;

/// Stands between the runs of a phrase. The index has it in pairs only.
const BOUNDARY: &str = "|";

/// Adds the condition that the index has a row for a query of the index. What the query is remains hidden
/// from the planner, which would read the whole table for frequent words.
pub(super) fn push_indexed(sql: &mut Sql, query: String) {
    push_selected(sql, |sql| {
        sql.push_bind(query).push("::tsquery");
    });
}

/// The same for a query that is selected.
pub(super) fn push_selected(sql: &mut Sql, push_query: impl FnOnce(&mut Sql)) {
    push_query(sql.push(format_args!("{TOKENS} @@ (SELECT ")));
    sql.push(")");
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

/// Whether the index knows where these words are: it has little of the order of words, and only the start of
/// long ones.
fn is_decided(words: &SearchWords) -> bool {
    words.tokens().count() == 1 && words.tokens().all(|token| token.chars().count() < LONGEST)
}

fn all(query: &SearchQuery, mark: char, form: Form) -> String {
    let terms = query.required().iter().map(|term| any(query, term, mark, form));
    terms.collect::<Vec<_>>().join(" & ")
}

/// One of the terms of a query.
pub(super) fn any(query: &SearchQuery, term: &SearchTerm, mark: char, form: Form) -> String {
    let is_start = matches!(term, SearchTerm::Start(_)) && form == Form::Start;
    let is_alone = query.required().len() == 1;
    let ways = term.spellings().map(|words| match is_start {
        true => each_start(words, mark, is_alone),
        false => each_whole(words, mark),
    });
    format!("({})", ways.collect::<Vec<_>>().join(" | "))
}

/// Asks for no pairs: the last word may be longer than that of the query.
fn each_start(words: &SearchWords, mark: char, is_alone: bool) -> String {
    let starts = tokens(words).map(|token| {
        // All places are needed of a single term, and of a single character, most are in longer words.
        if is_alone || token.chars().nth(1).is_none() {
            return format!("'{mark}{token}':*");
        }
        let elsewhere = format!(" | '{LONGER_ELSEWHERE}{token}':*");
        let elsewhere = if mark == IN_ANY { elsewhere.as_str() } else { "" };
        format!("('{mark}{token}' | '{LONGER_IN_FILENAME}{token}':*{elsewhere})")
    });
    starts.collect::<Vec<_>>().join(" & ")
}

fn each_whole(words: &SearchWords, mark: char) -> String {
    let all: Vec<&str> = words.tokens().collect();
    let pairs = all.windows(2).map(|pair| [pair[0], pair[1]].map(|word| start(word, OF_PAIR)));
    let pairs = pairs.map(|[word, next]| format!("'{PAIR}{word} {next}'"));
    let whole = tokens(words).map(|token| format!("'{mark}{token}'"));
    whole.chain(pairs).collect::<Vec<_>>().join(" & ")
}

/// The words as the index has them.
fn tokens(words: &SearchWords) -> impl Iterator<Item = &str> {
    words.tokens().filter(|token| *token != BOUNDARY).map(|token| start(token, LONGEST))
}

/// The first characters of a word.
fn start(word: &str, characters: usize) -> &str {
    word.char_indices().nth(characters).map_or(word, |(end, _)| &word[..end])
}

/// The query of the index for what matches if it has none of the excluded phrases that the index does not
/// decide about, and how such a phrase is looked for. For queries whose terms it does decide about.
pub(super) fn of_certain(query: &SearchQuery) -> Option<[String; 2]> {
    let phrases = query.excluded().iter().filter(|phrase| !is_decided(phrase));
    let phrases: Vec<String> = phrases.map(|phrase| each_whole(phrase, IN_ANY)).collect();
    if phrases.is_empty() || query.requires_nothing() || !decides_about_terms(query) {
        return None;
    }
    let (all, others) = (of_query(query), format!("(({}))", phrases.join(") | (")));
    Some([format!("{all} & !{others}"), format!("{all} & {others}")])
}

/// The excluded words that the index knows.
pub(super) fn excluded(query: &SearchQuery) -> impl Iterator<Item = String> {
    let known = query.excluded().iter().filter(|phrase| is_decided(phrase));
    known.map(|phrase| each_whole(phrase, IN_ANY))
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
            &["('fa' & 'fb' & 'qa b') & !('pe')", "('pa' & 'pb' & 'qa b') & !('pe')"],
        );
        tier_queries("\"日本\"", &["('f日' & 'f本' & 'q日 本')", "('p日' & 'p本' & 'q日 本')"]);
        for (text, decides) in
            [("a b -c", true), ("a \"b\"", true), ("\"a b\"", false), ("a -\"b c\"", false)]
        {
            assert_eq!(index_decides(&query(text)), decides, "{text}");
        }
    }

    #[test]
    fn a_compound_is_its_words_or_one() {
        assert_eq!(
            of_query(&query("x-y")),
            "('px':* | ('pxy' | 'gxy':* | 'lxy':*)) & ('py':* | ('pxy' | 'gxy':* | 'lxy':*))"
        );
        let mut sql = Sql::new("");
        push_found(&mut sql, &query("x-y -z"));
        let term = "(strpos(anywhere, ?) > 0 OR strpos(anywhere, ?) > 0)";
        assert_eq!(sql.text(), format!("{term} AND {term} AND strpos(anywhere, ?) = 0"));
    }

    #[test]
    fn longer_words_are_looked_up_apart() {
        assert_eq!(
            of_query(&query("two t 日本")),
            "(('ptwo' | 'gtwo':* | 'ltwo':*)) & ('pt':*) & ('p日' & 'p本' & 'q日 本')"
        );
        assert_eq!(
            of_tier(&query("two \"a\""), Tier::FilenameStart),
            "(('ftwo' | 'gtwo':*)) & ('fa') & !(('ftwo') & ('fa'))"
        );
        assert_eq!(of_query(&query("two -a")), "('ptwo':*) & !('pa')");
    }

    #[test]
    fn rows_are_read_where_the_index_does_not_decide() {
        for (text, queries) in [
            (
                "a -\"b c\"",
                Some([
                    "('pa':*) & !(('pb' & 'pc' & 'qb c'))",
                    "('pa':*) & (('pb' & 'pc' & 'qb c'))",
                ]),
            ),
            (
                "a -b -\"c d\" -\"e f\"",
                Some([
                    "('pa':*) & !('pb') & !(('pc' & 'pd' & 'qc d') | ('pe' & 'pf' & 'qe f'))",
                    "('pa':*) & !('pb') & (('pc' & 'pd' & 'qc d') | ('pe' & 'pf' & 'qe f'))",
                ]),
            ),
            ("a -b", None),
            ("\"a b\" -\"b c\"", None),
            ("-\"b c\"", None),
        ] {
            let expected = queries.map(|queries| queries.map(str::to_owned));
            assert_eq!(of_certain(&query(text)), expected, "{text}");
        }
    }

    #[test]
    fn pairs_are_of_the_first_characters_of_whole_words() {
        assert_eq!(
            of_query(&query("\"game of thrones\"")),
            "('pgame' & 'pof' & 'pthrones' & 'qga of' & 'qof th')"
        );
        assert_eq!(of_query(&query("\"日・本\"")), "('p日' & 'p本' & 'q日 |' & 'q| 本')");
    }

    #[test]
    fn long_words_are_cut_as_in_the_index() {
        let (long, cut) = ("x".repeat(150), "x".repeat(100));
        assert_eq!(of_query(&query(&long)), format!("('p{cut}':*)"));
        assert!(!index_decides(&query(&long)) && !index_decides(&query(&cut)));
        assert!(index_decides(&query(&cut[1..])));
    }
}

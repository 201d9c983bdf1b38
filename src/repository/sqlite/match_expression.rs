//! Searches in the language of FTS5: what of the index a query finds, and what of that is in a tier.
//!
//! Nothing in them is as a user wrote it: they are made of the words of
//! [`SearchTerm`]s, which are letters and digits, marked as the index has them.

use super::search_index::{IN_FILENAME, IN_PATH, marked};
use crate::domain::SearchQuery;
use crate::domain::search::{SearchTerm, SearchWords, Tier};

/// All that a query finds, which requires something.
pub(super) fn of_query(query: &SearchQuery) -> String {
    without(all(query, Form::Start, anywhere), excluded(query))
}

/// The tiers that can have matches, best first, with the matches of each that are in none before.
pub(super) fn of_tiers(query: &SearchQuery) -> Vec<(Tier, String)> {
    let in_filename = |form| all(query, form, |term, form| one_of(in_filename(term, form)));
    let whole_outside = outside_filename(query, Form::Whole);
    let mut tiers = vec![(Tier::FilenameWhole, in_filename(Form::Whole), vec![])];
    // A phrase has no start that is not whole.
    let has_starts = query.required().iter().any(|term| matches!(term, SearchTerm::Start(_)));
    if has_starts {
        let before = vec![in_filename(Form::Whole)];
        tiers.push((Tier::FilenameStart, in_filename(Form::Start), before));
    }
    let before = vec![in_filename(Form::Start)];
    tiers.push((Tier::PathWhole, whole_outside.clone(), before));
    if has_starts {
        let before = vec![in_filename(Form::Start), whole_outside];
        tiers.push((Tier::PathStart, outside_filename(query, Form::Start), before));
    }
    let narrow = |(tier, found, before): (Tier, String, Vec<String>)| {
        (tier, without(found, before.into_iter().chain(excluded(query))))
    };
    tiers.into_iter().map(narrow).collect()
}

/// What counts as a word of the query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Whole,
    Start,
}

/// An OR of these alternatives, without brackets around a single one.
fn one_of(mut ways: Vec<String>) -> String {
    if ways.len() == 1 { ways.remove(0) } else { any(ways) }
}

/// Every term is somewhere, and at least one before the filename. The second condition follows from
/// the first if not all are in the filename; stated explicitly, it saves a look at each filename.
fn outside_filename(query: &SearchQuery, form: Form) -> String {
    let terms = terms(query, form);
    let some = any(terms.iter().flat_map(|term| in_path(term, form)));
    match terms.as_slice() {
        [_] => some,
        _ => format!("({} AND {some})", all(query, form, anywhere)),
    }
}

fn anywhere(term: &SearchTerm, form: Form) -> String {
    any(in_filename(term, form).into_iter().chain(in_path(term, form)))
}

/// The ways in which a term can be in the filename.
fn in_filename(term: &SearchTerm, form: Form) -> Vec<String> {
    match term {
        SearchTerm::Start(words) => {
            words.each().map(|word| word_in(IN_FILENAME, word, form)).collect()
        }
        SearchTerm::Phrase(phrases) => {
            phrases.each().map(|phrase| phrase_from(phrase, 0)).collect()
        }
    }
}

/// The ways in which a term can start before the filename.
fn in_path(term: &SearchTerm, form: Form) -> Vec<String> {
    match term {
        SearchTerm::Start(words) => words.each().map(|word| word_in(IN_PATH, word, form)).collect(),
        SearchTerm::Phrase(phrases) => phrases.each().flat_map(phrase_in_path).collect(),
    }
}

fn word_in(mark: char, word: &SearchWords, form: Form) -> String {
    let star = if form == Form::Start { "*" } else { "" };
    quoted(&marked(mark, word.as_str())) + star
}

/// A phrase ends before the filename, or continues into it at any possible separator.
fn phrase_in_path(phrase: &SearchWords) -> Vec<String> {
    let ends = phrase.seams().chain([phrase.tokens().count()]);
    ends.map(|end| phrase_from(phrase, end)).collect()
}

/// A phrase whose filename part starts with the token of this number.
fn phrase_from(phrase: &SearchWords, filename: usize) -> String {
    let mark = |index| if index < filename { IN_PATH } else { IN_FILENAME };
    let tokens = phrase.tokens().enumerate().map(|(index, token)| marked(mark(index), token));
    quoted(&tokens.collect::<Vec<_>>().join(" "))
}

fn quoted(tokens: &str) -> String {
    format!("\"{tokens}\"")
}

fn excluded(query: &SearchQuery) -> impl Iterator<Item = String> {
    let ways = |phrase| [phrase_from(phrase, 0)].into_iter().chain(phrase_in_path(phrase));
    query.excluded().iter().flat_map(ways)
}

fn all(query: &SearchQuery, form: Form, place: impl Fn(&SearchTerm, Form) -> String) -> String {
    let terms: Vec<String> = terms(query, form).into_iter().map(|term| place(term, form)).collect();
    format!("({})", terms.join(" AND "))
}

/// The terms without those that follow from others: where `tower` starts a word, `t` does.
fn terms(query: &SearchQuery, form: Form) -> Vec<&SearchTerm> {
    let terms = query.required();
    let is_left_out = |index: usize| {
        form == Form::Start
            && matches!(terms[index], SearchTerm::Start(_))
            && (0..terms.len()).any(|other| {
                let (term, other_term) = (&terms[index], &terms[other]);
                // Of two that follow from each other, the first one stays.
                index != other
                    && follows(term, other_term)
                    && (other < index || !follows(other_term, term))
            })
    };
    (0..terms.len()).filter(|index| !is_left_out(*index)).map(|index| &terms[index]).collect()
}

/// Whether a prefix matches wherever another term does, in any spelling.
fn follows(start: &SearchTerm, other: &SearchTerm) -> bool {
    other.spellings().all(|words| start.spellings().any(|start| words.contains_start(start)))
}

fn any(ways: impl IntoIterator<Item = String>) -> String {
    let ways: Vec<String> = ways.into_iter().collect();
    format!("({})", ways.join(" OR "))
}

fn without(found: String, others: impl IntoIterator<Item = String>) -> String {
    let others: Vec<String> = others.into_iter().collect();
    if others.is_empty() { found } else { format!("{found} NOT {}", any(others)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> SearchQuery {
        SearchQuery::parse(text).unwrap()
    }

    #[track_caller]
    fn tiers(text: &str, expected: &[&str]) {
        let tiers = of_tiers(&query(text));
        assert!(tiers.is_sorted_by(|(a, _), (b, _)| a < b));
        let expressions: Vec<&str> = tiers.iter().map(|(_, found)| found.as_str()).collect();
        assert_eq!(expressions, expected, "{text}");
    }

    #[test]
    fn each_tier_leaves_out_those_before() {
        tiers(
            "Two",
            &[
                r#"("ftwo")"#,
                r#"("ftwo"*) NOT (("ftwo"))"#,
                r#"("ptwo") NOT (("ftwo"*))"#,
                r#"("ptwo"*) NOT (("ftwo"*) OR ("ptwo"))"#,
            ],
        );
    }

    #[test]
    fn a_phrase_has_two_tiers_and_may_go_on_into_the_filename() {
        tiers("\"a b\"", &[r#"("fa fb")"#, r#"("pa fb" OR "pa pb") NOT (("fa fb"))"#]);
        tiers("日本", &[r#"("f日 f本")"#, r#"("p日 p本") NOT (("f日 f本"))"#]);
    }

    #[test]
    fn a_compound_is_its_words_or_one() {
        assert_eq!(
            of_query(&query("x-y")),
            r#"(("fx"* OR "fxy"* OR "px"* OR "pxy"*) AND ("fy"* OR "fxy"* OR "py"* OR "pxy"*))"#
        );
        assert_eq!(of_query(&query("ab-c ab-d -e-f")).matches("NOT").count(), 1);
        assert!(of_query(&query("ab-c ab-d")).contains(r#""fab"*"#));
    }

    #[test]
    fn a_start_that_follows_from_another_term_is_left_out_where_starts_count() {
        tiers(
            "a ab \"abc d\"",
            &[
                r#"("fa" AND "fab" AND "fabc fd")"#,
                r#"("fabc fd") NOT (("fa" AND "fab" AND "fabc fd"))"#,
                r#"((("fa" OR "pa") AND ("fab" OR "pab") AND ("fabc fd" OR "pabc fd" OR "pabc pd")) AND ("pa" OR "pab" OR "pabc fd" OR "pabc pd")) NOT (("fabc fd"))"#,
                r#"("pabc fd" OR "pabc pd") NOT (("fabc fd") OR ((("fa" OR "pa") AND ("fab" OR "pab") AND ("fabc fd" OR "pabc fd" OR "pabc pd")) AND ("pa" OR "pab" OR "pabc fd" OR "pabc pd")))"#,
            ],
        );
    }

    #[test]
    fn what_is_excluded_is_excluded_everywhere() {
        assert_eq!(
            of_query(&query("a b -c")),
            r#"(("fa"* OR "pa"*) AND ("fb"* OR "pb"*)) NOT ("fc" OR "pc")"#
        );
    }
}

//! Properties of the segments of all names.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::properties::{Spelling, name, words_of};
use super::segment_cases::{highlighter, values};
use super::*;

/// A query whose parts mostly occur in a name: words, starts of words, phrases, exclusions, with or
/// without their signs, and the name itself.
fn query_for(name: String) -> impl Strategy<Value = String> {
    let words: Vec<String> = words_of(&name).into_iter().map(str::to_owned).collect();
    let stretch = {
        let name = name.clone();
        (any::<Index>(), 1..16_usize).prop_map(move |(begin, length)| {
            let begin = begin.index(name.chars().count());
            name.chars().skip(begin).take(length).filter(|c| *c != '"').collect::<String>()
        })
    };
    let word = || select(words.clone());
    let start = (word(), any::<Index>()).prop_map(|(word, end)| {
        let count = end.index(word.chars().count()) + 1;
        word.chars().take(count).collect::<String>()
    });
    let without_signs = |text: String| text.replace(['-', '\'', '’', '.', '·', ','], "");
    let part = prop_oneof![
        4 => word(),
        4 => start,
        3 => stretch.clone(),
        2 => stretch.clone().prop_map(without_signs),
        3 => stretch.prop_map(|text| format!("\"{text}\"")),
        1 => word().prop_map(|word| format!("-{word}")),
        1 => "[-\"]?[a-fmvs日ン한ß2,&]{1,2}",
        1 => Just(name),
    ];
    let spelled = (part, Spelling::any()).prop_map(|(part, spelling)| spelling.write(&part));
    prop::collection::vec(spelled, 1..4).prop_map(|parts| parts.join(" "))
}

/// A filename, a path and a query.
fn searched() -> impl Strategy<Value = (String, String, String)> {
    let odd = r#"[a-cßéœﬁ한日ペン・&,.'\-\u{302}\u{3099}\u{AD}ﾞｶが½ 0-2sxeSE/]{0,24}a"#;
    let text = || prop_oneof![name(), odd.prop_map(|text| text)];
    (text(), text(), any::<bool>()).prop_flat_map(|(filename, folder, is_within)| {
        let path = if is_within { format!("/{folder}/{filename}") } else { format!("/{folder}") };
        let named = if is_within { filename.clone() } else { folder };
        (Just(filename), Just(path), query_for(named))
    })
}

fn parted(before: &str, after: &str) -> bool {
    let mut first = None;
    if let Some(c) = after.chars().next() {
        decompose_compatible(c, |part| {
            first.get_or_insert(part);
        });
    }
    !before.is_empty() && first.is_some_and(is_combining_mark)
}

fn check(text: &str, segments: &[TextSegment<'_>], is_found: bool) -> Result<(), TestCaseError> {
    let joined: String = segments.iter().map(|segment| segment.text).collect();
    prop_assert_eq!(joined.as_bytes(), text.as_bytes());
    prop_assert!((1..=TextSegment::MAX_COUNT).contains(&segments.len()));
    prop_assert!(segments.iter().all(|segment| !segment.text.is_empty()));
    for neighbours in segments.windows(2) {
        prop_assert_ne!(neighbours[0].is_match, neighbours[1].is_match);
        prop_assert!(!parted(neighbours[0].text, neighbours[1].text), "{neighbours:?}");
    }
    let whole = [TextSegment { text, is_match: false }];
    prop_assert!(is_found || segments == whole);
    Ok(())
}

proptest! {
    #[test]
    fn segments_are_their_text_and_mark_what_is_found((filename, path, query) in searched()) {
        let Ok(parsed) = SearchQuery::parse(&query) else { return Ok(()) };
        let values = values(&filename, &path);
        let is_found = parsed.rank(&values).is_some();
        let highlighter = Highlighter::new(parsed);
        let (of_filename, of_path) =
            (highlighter.filename_segments(&values), highlighter.path_segments(&values));
        check(&filename, &of_filename, is_found)?;
        check(&path, &of_path, is_found)?;
        let is_marked = of_filename.iter().chain(&of_path).any(|segment| segment.is_match);
        prop_assert_eq!(is_marked, is_found, "{} in {} and {}", query, filename, path);
    }

    #[test]
    fn a_word_has_no_matches_but_those_that_are_marked(
        name in name(), word: Index, cut: Index, as_ in Spelling::any(),
    ) {
        let is_one_word = |text: &str| SearchQuery::parse(text).unwrap().is_one_word();
        let words: Vec<&str> = words_of(&name).into_iter().filter(|word| is_one_word(word)).collect();
        if words.is_empty() {
            return Ok(());
        }
        let word = *word.get(&words);
        let (end, last) = *cut.get(&word.char_indices().collect::<Vec<_>>());
        let query = as_.write(&word[..end + last.len_utf8()]);
        prop_assume!(is_one_word(&query) && !query.to_lowercase().starts_with('q'));
        let values_of_name = values(&name, "/-");
        let segments = highlighter(&query).filename_segments(&values_of_name);
        let mut rest = String::new();
        for segment in segments {
            if segment.is_match {
                rest.push_str("qq");
                let found = SearchQuery::parse(&query).unwrap();
                let found = found.rank(&values(segment.text, "/-"));
                prop_assert!(found.is_some(), "{} for {}", segment.text, query);
            } else {
                rest.push_str(segment.text);
            }
        }
        let left = SearchQuery::parse(&query).unwrap().rank(&values(&rest, "/-"));
        prop_assert_eq!(left, None, "{} in {}", query, rest);
    }
}

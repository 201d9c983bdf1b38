//! Texts, queries, and what is marked: `‹` and `›` stand around each match.

use super::*;
use crate::domain::{Text, VideoValues, samples};

pub(super) fn values(filename: &str, path: &str) -> VideoValues {
    let mut values = samples::new_video(1, "a").values;
    (values.filename, values.path) = (Text::new(filename).unwrap(), Text::new(path).unwrap());
    values
}

pub(super) fn highlighter(query: &str) -> Highlighter {
    Highlighter::new(SearchQuery::parse(query).unwrap())
}

fn shown(segments: &[TextSegment<'_>]) -> String {
    let shown = segments.iter().map(|segment| match segment.is_match {
        true => format!("‹{}›", segment.text),
        false => segment.text.to_owned(),
    });
    shown.collect()
}

/// Checks what is marked in the filename of a video whose path has nothing to do with it.
#[track_caller]
fn marks(expected: &str, query: &str) {
    let filename = expected.replace(['‹', '›'], "");
    let values = values(&filename, "/9");
    assert_eq!(shown(&highlighter(query).filename_segments(&values)), expected, "{query}");
}

/// Checks what is marked in the filename and in the path.
#[track_caller]
fn marks_both(filename: &str, path: &str, query: &str) {
    let values = values(&filename.replace(['‹', '›'], ""), &path.replace(['‹', '›'], ""));
    let highlighter = highlighter(query);
    assert_eq!(shown(&highlighter.filename_segments(&values)), filename, "{query}");
    assert_eq!(shown(&highlighter.path_segments(&values)), path, "{query}");
}

#[test]
fn the_start_of_a_word_that_was_typed_is_marked_wherever_it_occurs() {
    marks("The ‹Tow›ers.mkv", "tow");
    marks("The ‹Towers›.mkv", "TOWERS");
    marks("‹Two›.Towers.of.‹Two›fold.Cotwo.mkv", "two");
    marks("‹T›he ‹Two› ‹T›owers.mkv", "two t");
    marks("‹Hotel›s.mkv", "hot hotel ho");
    // Next to `Hotel` in the order is a word that it does not start with.
    marks("‹Ho›tel ‹Hor›se.mkv", "ho hor");
}

#[test]
fn every_required_term_is_marked() {
    marks("‹Solo› - ‹Nils› ‹Frahm›.mkv", "frahm nils solo");
    marks("‹Dune› (‹2021›).mkv", "(2021) Dune");
    marks("The ‹Two› ‹Tow›ers.mkv", "two \"two\" tow");
}

#[test]
fn a_phrase_is_marked_whole_with_what_is_between_its_words() {
    marks("The.‹Two.Towers›.mkv", "\"two towers\"");
    marks("‹a b. a b a›.mkv", "\"a b a\"");
    marks("‹ペンギン・ハイ›ウェイ.mkv", "\"ペンギン ハイ\"");
    marks("‹Two.Towers›.Two.mkv", "“two towers");
    marks("The ‹Spider-Man› 2.mkv", "\"Spider-Man\"");
    marks("The ‹Spiderman› 2.mkv", "\"Spider-Man\"");
}

#[test]
fn a_compound_is_marked_with_its_signs() {
    marks("‹Spider-Man› (2002).mkv", "spiderman");
    marks("‹Spider-Man› (2002).mkv", "Spider-Man");
    marks("‹Spider-Man› (2002).mkv", "spiderm");
    marks("‹Spider›-Man (2002).mkv", "spider");
    marks("Spider-‹Man› (2002).mkv", "man");
    marks("‹Spiderman›.2002.DVDRip.mkv", "Spider-Man");
    marks("‹R.E.M›. - Live.avi", "rem");
    marks("‹R›.E.M. - Live.avi", "r");
    marks("Agents of ‹S.H.I.E.L.D›. S01E01.avi", "shield");
    marks("‹Can't›.‹Buy›.‹Me›.‹Love›.avi", "Can't Buy Me Love");
    marks("‹WALL·E› (2008).mkv", "\"walle\"");
    marks("Film2.‹H.264›.mkv", "h264");
    marks("‹AC⁄DC› Live.mkv", "AC/DC");
    marks("‹צה״ל›.mkv", "צהל");
}

#[test]
fn an_episode_is_marked_in_every_spelling() {
    marks("Show ‹1x02›.mkv", "S01E02");
    marks("Show.‹S01E02›.mkv", "s1e2");
    marks("Film ‹S1E2›v2.mkv", "1x02");
    marks("Film ‹S01›E02.mkv", "s01");
    marks("Film ‹S1›E2.mkv", "s01");
    marks("Film ‹S1›E2.mkv", "s0");
    marks("Film ‹1›x02.mkv", "s01");
    marks("Film ‹1›x02.mkv", "s");
    marks("Film ‹1x›02.mkv", "s01e");
    marks("Film ‹12x34›.mkv", "s12e34");
    marks("Film ‹12›x34.mkv", "s12");
    marks("Film ‹1›2x34.mkv", "s1");
    marks("Film.‹s1'e2›.mkv", "s0");
}

#[test]
fn signs_that_are_read_are_marked() {
    marks("‹20,000› ‹Leagues›.mkv", "20000 leagues");
    marks("‹20000› ‹Leagues›.mkv", "20,000 leagues");
    marks("‹20›,000 Leagues.mkv", "20");
    marks("‹20,0›00 Leagues.mkv", "200");
    marks("‹Cats› ‹&› ‹Dogs›.mkv", "cats and dogs");
    marks("‹Cats› ‹and› ‹Dogs›.mkv", "cats & dogs");
}

#[test]
fn characters_are_marked_whole_with_their_marks() {
    marks("Große ‹ß›.mkv", "s");
    marks("‹Straß›e.mkv", "stras");
    marks("Chef d'‹œ›uvre.mkv", "o");
    marks("‹ﬁ›n.mkv", "f");
    marks("‹Ho\u{302}›tel.mkv", "ho");
    marks("‹H›o\u{302}tel.mkv", "h");
    marks("Vol. ‹№›5.mkv", "n");
    marks("‹Alien³›.mkv", "alien3");
    marks("‹İ›nşallah.mkv", "i");
    marks("‹मो›र.mkv", "म");
    marks("‹ป่›า.mkv", "ป");
    marks("‹한›국.mkv", "한");
    marks("‹محـــ›مد.mkv", "مح");
}

#[test]
fn case_accents_and_width_do_not_count() {
    marks("‹Hôtel›.mkv", "HOTEL");
    marks("‹ＷＷＷ２›３５.mkv", "www2");
    marks("‹WWW2›35.mkv", "ｗｗｗ２");
    marks("‹ｶﾞ›ﾝﾀﾞﾑ.mkv", "ガ");
    marks("‹ラーメン›.mkv", "らーめん");
    marks("‹Łódź› 2020.mkv", "lodz");
}

#[test]
fn in_scripts_without_spaces_any_part_of_a_run_is_marked() {
    marks("邓丽君 - 月亮‹代表›我的心.mkv", "代表");
    marks("หนัง‹ไทย›สนุก.mkv", "ไทย");
    marks("‹日本映›画.mkv", "映 日本");
    marks("‹日›本‹日›本.mkv", "日");
    marks("‹日本日本日›.mkv", "日本日");
    marks("ガンダム ‹第1話›.mkv", "第1話");
}

#[test]
fn words_after_a_minus_mark_nothing() {
    marks("The ‹Two› Towers.mkv", "two -cam");
    marks("The Two Towers.mkv", "two -towers");
    marks("The ‹Two› Towers.mkv", "two -tower");
}

#[test]
fn a_term_in_the_path_alone_marks_nothing_in_the_filename() {
    marks_both("‹Alien›.mkv", "/‹Movies›/X/‹Alien›.mkv", "movies alien");
    marks_both("‹Alien›.mkv", "/‹Mov›ies/1979", "mov alien");
    marks_both("‹Alien›.mkv", "/1979", "alien");
    marks_both("Alien.mkv", "/‹19›79", "19");
    marks_both("Alien.mkv", "C:\\‹Movies›\\1979", "movies");
    // An exclusion counts in both of them.
    marks_both("Alien.mkv", "/Movies/1979", "alien -1979");
    marks_both("‹Alien›.mkv", "/Movies/1979", "alien -197");
}

#[test]
fn of_a_whole_name_all_is_marked_except_an_omitted_extension() {
    marks("‹(›.mkv", "(");
    marks("‹(.mkv›", "(.mkv");
    marks("‹(.MKV›", " (.MKV ");
    marks("‹Two Towers›.MKV", "Two Towers");
    marks("‹-Show Name - Temporada 4›.mkv", "-Show Name - Temporada 4");
}

#[test]
fn of_a_whole_path_all_is_marked() {
    marks_both("‹Alien›.‹mkv›", "‹/m/Alien.mkv›", "/m/Alien.mkv");
    marks_both("x", "‹/9/- -›", "/9/- -");
    // In the other text, the words are marked.
    marks_both("‹-Begin Again 2013.mkv›", "/Begin/‹Again›", "-Begin Again 2013.mkv");
}

#[test]
fn what_is_not_found_is_one_segment_without_a_match() {
    for query in ["tch", "", "*", "catching fire", "-catching", "catching -mp4", "\"mp4 catching\""]
    {
        marks("Catching.mp4", query);
    }
    marks("ハハと私.mkv", "パパ");
}

#[test]
fn every_pair_is_marked_if_it_is_found() {
    for pair in pairs::all() {
        let (values, highlighter) = (pair.values(), highlighter(&pair.query));
        let segments = [highlighter.filename_segments(&values), highlighter.path_segments(&values)];
        let is_marked = segments.concat().iter().any(|segment| segment.is_match);
        assert_eq!(is_marked, pair.found, "{} in {}", pair.query, pair.filename);
    }
}

#[track_caller]
fn has(text: &str, query: &str, count: usize, last: TextSegment<'_>) {
    let values = values(text, "/9");
    let segments = highlighter(query).filename_segments(&values);
    assert_eq!(segments.len(), count, "{text}");
    assert_eq!(segments.last(), Some(&last));
    assert_eq!(segments.iter().map(|segment| segment.text).collect::<String>(), text);
}

#[test]
fn a_text_has_200_segments_at_most_the_last_one_without_a_match() {
    let (matched, other) = (true, false);
    let segment = |text, is_match| TextSegment { text, is_match };
    has(&"a.".repeat(100), "a", 200, segment(".", other));
    has(&".a".repeat(100), "a", 200, segment("a", matched));
    has(&format!("{}a", "a.".repeat(100)), "a", 200, segment(".a", other));
    has(&format!("{}.", ".a".repeat(100)), "a", 199, segment(".a.", other));
    let rest = "a.".repeat(900);
    has(&format!("{}{rest}", "a.".repeat(100)), "a", 200, segment(&format!(".{rest}"), other));
}

/// Twice as long must not take four times as long: with as many words as there are here, it would
/// take hours.
#[test]
fn the_time_for_a_text_is_proportional_to_its_length() {
    let words: String = (0..19).map(|number| format!("a{number} a.b{number} ")).collect();
    let query = format!("{words} \"a a a a\" \"{}\" ä", "日".repeat(700));
    let highlighter = highlighter(&query);
    for repeated in ["a ", "日", "a.b1 ", "日・", "1,000 ", "é&", "s1e2'"] {
        let text = repeated.repeat(400_000 / repeated.len());
        let traced = traced::TracedText::of(&text);
        let words = places::PlacedWords::of(traced.folded());
        let found = highlighter.occurrences(traced.folded(), &words);
        assert!(found.len() <= 2 * words.places.len(), "{repeated}");
    }
}

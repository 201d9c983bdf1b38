//! Properties of all names and queries.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::*;
use crate::domain::Text;

/// Real names, one of each kind.
const NAMES: [&str; 14] = [
    "Fear.and.Loathing.in.Las.Vegas.720p.HDDVD.DTS.x264-ESiR.mkv",
    "El.dia.de.la.bestia.DVDrip.Spanish.DivX.by.Artik[SEDG].avi",
    "[阿维达].Avida.2006.FRENCH.DVDRiP.XViD-PROD.avi",
    "Fantastic.Mr.Fox.2009.DVDRip.{x264+LC-AAC.5.1}{Fr-Eng}-™.[sharethefiles.com].mkv",
    "Indiana.Jones.and.the.Temple.of.Doom.1984.HDTV.720p.x264.AC3.5.1-REDµX.mkv",
    "The.Director’s.Notebook.2006.Blu-Ray.x264.DXVA.720p.AC3-de[42].mkv",
    "Mise à Sac (Alain Cavalier, 1967) [Vhs.Rip.Vff].mkv",
    "劇場版 ペンギン・ハイウェイ Penguin Highway The Movie (BD 1280x720 AVC).mp4",
    "[Daisei] Free!：Iwatobi Swim Club - 01 ~ (BD 720p 10-bit AAC) [99E8E009].mkv",
    "-Show Name - Temporada 4 [HDTV][Cap.408][Español Castellano].mkv",
    "庆余年第十一季 第二十三集.mkv",
    "アニメ シーズン2 第3話.mkv",
    "Проклytie 5-й сезон 09-я серия.mkv",
    "Teen Wolf - 04ª Temporada 720p.mkv",
];

/// Real names, and invented ones, short enough for a query to hold two of them.
pub(super) fn name() -> impl Strategy<Value = String> {
    let invented = r"[a-fA-F0-3éÉßŒłĐйЙΣς한국½ﬁ日本ペラーไทย ._・。’\-\[]{0,9}[a日]";
    prop_oneof![select(&NAMES[..]).prop_map(str::to_owned), invented]
}

/// A way to write the same words differently.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spelling {
    AsIs,
    UpperCase,
    LowerCase,
    Decomposed,
    FullWidth,
}

impl Spelling {
    const ALL: [Self; 5] =
        [Self::AsIs, Self::UpperCase, Self::LowerCase, Self::Decomposed, Self::FullWidth];

    pub(super) fn any() -> impl Strategy<Value = Self> {
        select(&Self::ALL[..])
    }

    pub(super) fn write(self, text: &str) -> String {
        match self {
            Self::AsIs => text.to_owned(),
            Self::UpperCase => text.to_uppercase(),
            Self::LowerCase => text.to_lowercase(),
            Self::Decomposed => text.nfd().collect(),
            Self::FullWidth => text.chars().map(full_width).collect(),
        }
    }
}

fn full_width(c: char) -> char {
    match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
        _ => c,
    }
}

/// The words as a reader sees them; there is one at least.
pub(super) fn words_of(name: &str) -> Vec<&str> {
    name.split(is_separator).filter(|word| !word.is_empty()).collect()
}

fn is_separator(c: char) -> bool {
    !c.is_alphanumeric() && !is_combining_mark(c)
}

fn video(filename: &str) -> VideoWords {
    VideoWords {
        filename: SearchWords::of(filename),
        path: SearchWords::of(&format!("/media/{filename}")),
    }
}

fn tier(query: &str, video: &VideoWords) -> Option<Tier> {
    SearchQuery::parse(query).unwrap().tier(video)
}

proptest! {
    #[test]
    fn every_text_is_a_query_unless_it_is_too_long(text in r#"([\PC\p{C}]|[-" a日]){0,160}"#) {
        match SearchQuery::parse(&text) {
            Ok(query) => prop_assert!(query.required().len() + query.excluded().len() <= 64),
            Err(refusal) => prop_assert!(matches!(refusal, TooLong::Words(65..))),
        }
    }

    #[test]
    fn every_word_of_a_name_finds_it_however_both_are_written(
        name in name(), of_name in Spelling::any(), of_word in Spelling::any(),
    ) {
        let video = video(&of_name.write(&name));
        for word in words_of(&name) {
            let word = of_word.write(word);
            prop_assert_eq!(tier(&word, &video), Some(Tier::FilenameWhole), "{}", word);
        }
    }

    #[test]
    fn every_start_of_a_word_finds_it(name in name(), word: Index, cut: Index, as_ in Spelling::any()) {
        let word = *word.get(&words_of(&name));
        let (end, last) = *cut.get(&word.char_indices().collect::<Vec<_>>());
        let start = as_.write(&word[..end + last.len_utf8()]);
        let tier = tier(&start, &video(&name));
        prop_assert!(tier.is_some_and(|tier| tier <= Tier::FilenameStart), "{start}");
    }

    #[test]
    fn every_part_of_a_run_without_spaces_finds_it(run in "[日本ラー]{1,9}", from: Index, to: Index) {
        let cuts: Vec<usize> = run.char_indices().map(|(at, _)| at).collect();
        let (from, to) = (*from.get(&cuts), *to.get(&cuts));
        let part = &run[from.min(to)..from.max(to) + '日'.len_utf8()];
        let video = video(&format!("Show{run}2021.mkv"));
        prop_assert_eq!(tier(part, &video), Some(Tier::FilenameWhole), "{}", part);
    }

    #[test]
    fn a_stretch_of_it_in_quotes_finds_it(name in name(), from: Index, to: Index, as_ in Spelling::any()) {
        let words: Vec<&str> = name.split_inclusive(is_separator).collect();
        let (from, to) = (from.index(words.len()), to.index(words.len()));
        let stretch = as_.write(&words[from.min(to)..=from.max(to)].concat());
        prop_assume!(!SearchWords::of(&stretch).is_empty());
        let phrase = format!("\"{stretch}\"");
        prop_assert_eq!(tier(&phrase, &video(&name)), Some(Tier::FilenameWhole), "{}", phrase);
    }

    #[test]
    fn excluding_any_of_its_words_does_not_find_it(name in name(), as_ in Spelling::any()) {
        let words = words_of(&name);
        for word in &words {
            let query = format!("{} -{}", words[0], as_.write(word));
            prop_assert_eq!(tier(&query, &video(&name)), None, "{}", query);
        }
    }

    #[test]
    fn a_further_word_finds_no_more_and_ranks_no_higher(
        name in name(), query in "[a-fmv日本2 ]{1,5}", word in "[-\"]?[a-fmv日2]{1,2}",
    ) {
        let video = video(&name);
        let with_less = tier(&query, &video);
        let with_more = tier(&format!("{query} {word}"), &video);
        prop_assert!(with_more.is_none() || with_less.is_none() || with_more >= with_less);
        prop_assert!(with_more.is_none() || with_less.is_some() || query.trim().is_empty());
    }

    #[test]
    fn a_rank_is_the_tier_of_all_words_unless_it_is_exact(
        name in name(), folder in name(), query in r#"[-"a-fmvS日ン한2 ]{1,9}"#,
    ) {
        let mut values = crate::domain::samples::new_video(1, "a").values;
        values.path = Text::new(&format!("/{folder}/{name}")).unwrap();
        values.filename = Text::new(&name).unwrap();
        let query = SearchQuery::parse(&query).unwrap();
        let rank = query.rank(&values);
        prop_assert!(rank == Some(Tier::Exact) || rank == query.tier(&VideoWords::of(&values)));
    }

    /// Token by token here, as an index looks them up.
    #[test]
    fn words_are_contained_where_their_tokens_follow_one_another(
        text in "[ab日本 ・]{0,20}", phrase in "[ab日本 ・]{0,4}[ab日]",
    ) {
        let (text, phrase) = (SearchWords::of(&text), SearchWords::of(&phrase));
        let tokens: Vec<&str> = text.tokens().collect();
        let wanted: Vec<&str> = phrase.tokens().collect();
        let (last, before) = wanted.split_last().unwrap();
        let is_whole = |window: &[&str]| window == wanted;
        let is_start = |window: &[&str]| {
            let (end, front) = window.split_last().unwrap();
            front == before && end.starts_with(last)
        };
        let occurs = |holds: &dyn Fn(&[&str]) -> bool| tokens.windows(wanted.len()).any(holds);
        prop_assert_eq!(text.contains(&phrase), occurs(&is_whole));
        prop_assert_eq!(text.contains_start(&phrase), occurs(&is_start));
    }

    #[test]
    fn tokens_are_letters_and_digits_or_the_boundary(text in r"\PC{0,40}") {
        let words = SearchWords::of(&text);
        for token in words.tokens() {
            let is_word = token.chars().all(|c| !is_separator(c) && !c.is_ascii_uppercase());
            prop_assert!(is_word || token == "|", "{token}");
        }
        prop_assert_eq!(words.tokens().collect::<Vec<_>>().join(" "), words.as_str());
    }
}

//! Searches, for which the index must match the definition, whatever happened to the videos.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{Library, by, id, path, video};
use crate::domain::filter::{TextField, TextTest};
use crate::domain::search::Tier;
use crate::domain::{
    NewVideo, Page, PageRequest, SearchPosition, SearchQuery, Timestamp, VideoFilter, VideoId,
    VideoPatch,
};
use crate::repository::memory::MemoryRepository;
use crate::repository::sqlite::reader::Reader;
use crate::repository::sqlite::{few_hits, found, search};
use crate::repository::{OnConflict, SearchHit, VideoReader, VideoRepository, Write};

const DIRECTORIES: [&str; 9] = [
    "/media/X-Ray/R.E.M/",
    "C:\\Wi-Fi\\",
    "",
    "/",
    "/media/Movies/",
    "/media/The Two Towers (2002)/",
    "/media/日本/",
    "/media/Show・第2季/Season 1/",
    "/mnt/Hôtel/tow-rings ",
];

const FILENAMES: [&str; 13] = [
    "Spider-Man R.E.M. H.264.mkv",
    "Don’t AC⁄DC & 20,000 한국영화 1x02.mkv",
    "-tow \"two.mkv",
    "The.Two.Towers.2002.1080p.mkv",
    "two.towers.1080p.CAM.avi",
    "Tower 2 - the media.mkv",
    "日本映画 Penguin.mkv",
    "日.mkv",
    "第2季S01E02.mkv",
    "劇場版 ペンギン・ハイウェイ.mp4",
    "Bunker Palace Hôtel.avi",
    "Season 1",
    "...",
];

fn any_new() -> impl Strategy<Value = NewVideo> {
    (0..24u8, select(&DIRECTORIES[..]), select(&FILENAMES[..]), 0..6u8, 0..4i64).prop_map(
        |(number, directory, filename, apart, micros)| {
            let mut new = video(number);
            // Some files were moved since they were named.
            let end = if apart == 0 { "0001" } else { filename };
            new.values.path = path(&format!("{directory}{end}"));
            new.values.filename = path(filename);
            new.created_at = Some(Timestamp::from_micros(micros).unwrap());
            new
        },
    )
}

fn any_write() -> impl Strategy<Value = Write> {
    let insert = (vec(any_new(), 1..12), select(vec![OnConflict::Skip, OnConflict::Update]))
        .prop_map(|(videos, on_conflict)| Write::Insert { videos, on_conflict });
    let update = any_new().prop_map(|NewVideo { id, values, .. }| {
        let patch = VideoPatch {
            path: Some(values.path),
            filename: Some(values.filename),
            ..VideoPatch::default()
        };
        Write::Update { id, patch, expected_version: None }
    });
    let delete =
        (0..24u8).prop_map(|number| Write::Delete { id: id(number), expected_version: None });
    prop_oneof![4 => insert, 3 => update, 1 => delete]
}

/// Queries made of the names: words and prefixes, phrases in quotes, and exclusions.
fn any_query() -> impl Strategy<Value = SearchQuery> {
    let name = (select(&DIRECTORIES[..]), select(&FILENAMES[..]));
    let stretch =
        (name, any::<Index>(), any::<Index>()).prop_map(|((directory, filename), a, b)| {
            let name: Vec<char> = format!("{directory}{filename}").chars().collect();
            let (a, b) = (a.index(name.len()), b.index(name.len()));
            name[a.min(b)..=a.max(b)].iter().collect::<String>()
        });
    let word = select(vec![
        "spider-man",
        "spiderman",
        "spiderm",
        "man",
        "rem",
        "r.e.m",
        "xray",
        "x-r",
        "dont",
        "don\'t",
        "acdc",
        "ac/dc",
        "and",
        "20000",
        "s1e2",
        "영화",
        "h264",
        "wi-fi",
        "s1e",
        "t",
        "tow",
        "towers",
        "2",
        "日",
        "本",
        "ペン",
        "media",
        "mkv",
        "avi",
        "s0",
    ]);
    let word = word.prop_map(str::to_owned);
    let text = prop_oneof![3 => stretch, 4 => word, 1 => r#"[a-z日"*|-]{1,5}"#];
    let term = (select(vec!["", "", "\"", "-", "-\""]), text).prop_map(|(sign, text)| {
        let end = if sign.ends_with('"') { "\"" } else { "" };
        format!("{sign}{text}{end}")
    });
    vec(term, 1..4).prop_filter_map("too long", |terms| SearchQuery::parse(&terms.join(" ")).ok())
}

fn any_place() -> impl Strategy<Value = SearchPosition> {
    (select(Tier::ALL.to_vec()), -1..5i64, 0..24u8).prop_map(|(tier, micros, number)| {
        SearchPosition { tier, created_at: Timestamp::from_micros(micros).unwrap(), id: id(number) }
    })
}

fn any_page() -> impl Strategy<Value = PageRequest<SearchPosition>> {
    (any::<bool>(), 0..8usize, prop::option::of(any_place())).prop_map(
        |(backward, limit, place)| {
            if backward {
                PageRequest::Backward { limit, before: place }
            } else {
                PageRequest::Forward { limit, after: place }
            }
        },
    )
}

fn any_filter() -> impl Strategy<Value = VideoFilter> {
    prop_oneof![
        2 => Just(VideoFilter::everything()),
        1 => Just(VideoFilter::Text(TextField::Path, TextTest::Contains("media".to_owned()))),
    ]
}

/// The numbers of the videos found, the best first.
async fn found(store: &dyn VideoRepository, text: &str) -> Vec<u8> {
    let query = SearchQuery::parse(text).unwrap();
    let page = store.search(&query, &VideoFilter::everything(), &PageRequest::first(100)).await;
    page.unwrap().items.iter().map(|hit| hit.video.id.as_bytes()[0]).collect()
}

#[tokio::test]
async fn a_phrase_goes_on_from_the_directory_into_the_filename() {
    let Library { store, directory: _directory } = &Library::new().await;
    let mut new = video(1);
    new.values.filename = path("映画 The Two Towers.mkv");
    new.values.path = path("/media/Rings 日本/映画 The Two Towers.mkv");
    store.insert(new, by()).await.unwrap();
    for text in [
        "\"rings 日本・映画 the two\"",
        "\"日本・映画\"",
        "\"rings 日本\"",
        "\"the two towers mkv\"",
        "rings towers",
    ] {
        assert_eq!(found(store, text).await, [1], "{text}");
    }
    for text in ["\"日本映画\"", "日本映画", "\"towers rings\"", "two -\"日本・映画 the\""]
    {
        assert!(found(store, text).await.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn the_longest_queries_are_answered() {
    let Library { store, directory: _directory } = &Library::new().await;
    let words: Vec<String> = (10..74).map(|number| number.to_string()).collect();
    let runs = vec!["日".repeat(29); 31].join("・");
    for (number, name) in (1..).zip([words.join(" "), runs.clone(), "日".repeat(900)]) {
        let mut new = video(number);
        new.values.filename = path(&name);
        new.values.path = path(&format!("/media/{name}"));
        store.insert(new, by()).await.unwrap();
    }
    for (text, videos) in [
        (words.join(" "), vec![1]),
        (format!("\"{}\"", words.join(" ")), vec![1]),
        (format!("1 -{}", words[1..].join(" -")), vec![]),
        (format!("日 -\"{runs}\""), vec![3]),
        (format!("\"{runs}\""), vec![2]),
        ("日".repeat(900), vec![3]),
    ] {
        assert_eq!(found(store, &text).await, videos, "{text}");
    }
}

#[tokio::test]
async fn what_finds_little_takes_two_statements_and_what_finds_much_three() {
    let Library { store, directory: _directory } = &Library::new().await;
    let videos = (0..=few_hits::FEW).map(|number| {
        let mut new = video(0);
        new.id = VideoId::from_bytes(u128::from(number.unsigned_abs()).to_be_bytes());
        new.values.path = path(&format!("/media/{}.mkv", 1000 + number));
        new
    });
    store.insert_many(videos.collect(), OnConflict::Fail, by()).await.unwrap();
    for (text, videos, statements) in
        [("media 1007", 1, 2), ("media mkv -1007", 20, 2), ("media mkv", 20, 3), ("media", 20, 2)]
    {
        let before = store.activity().unwrap().statements;
        let query = SearchQuery::parse(text).unwrap();
        let everything = VideoFilter::everything();
        let page = store.search(&query, &everything, &PageRequest::first(20)).await.unwrap();
        assert_eq!(page.items.len(), videos, "{text}");
        assert!(page.items.is_sorted_by_key(SearchHit::place), "{text}");
        assert_eq!(store.activity().unwrap().statements - before, statements, "{text}");
    }
}

type Search = (SearchQuery, VideoFilter, PageRequest<SearchPosition>);

/// Writes and searches in turn, by the store and by the definition.
fn compare(steps: Vec<(Vec<Write>, Vec<Search>)>) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Library { store, directory: _directory } = &Library::new().await;
        let memory = MemoryRepository::default();
        for (writes, searches) in steps {
            let together = writes.iter().map(|write| store.write(write.clone(), by()));
            let written = futures_util::future::join_all(together).await;
            for (write, written) in writes.into_iter().zip(written) {
                let expected = memory.write(write, by()).await;
                prop_assert_eq!(written.is_ok(), expected.is_ok());
            }
            prop_assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
            for (query, filter, page) in searches {
                let defined = memory.search(&query, &filter, &page).await.unwrap();
                let searched = store.search(&query, &filter, &page).await.unwrap();
                prop_assert_eq!(&searched, &defined, "{:?} {:?} {:?}", query, filter, page);
                // So few videos would not be walked by themselves.
                let asked = (query.clone(), filter.clone(), page.clone());
                let walk = move |reader: &Reader| {
                    let (query, filter, page) = &asked;
                    match found::exact_or_nothing(reader, query)? {
                        Some(exact) => search::walk_tiers(query, filter, page, exact)(reader),
                        None => Ok(Page::empty()),
                    }
                };
                let walked = store.readers.read("walk", walk).await.unwrap();
                prop_assert_eq!(&walked, &defined, "{:?} {:?} {:?}", query, filter, page);
                prop_assert_eq!(
                    store.count_found(&query, &filter).await.unwrap(),
                    memory.count_found(&query, &filter).await.unwrap(),
                    "{:?} {:?}",
                    query,
                    filter
                );
            }
        }
        Ok(())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn every_search_is_answered_as_it_is_defined(
        steps in vec(
            (vec(any_write(), 1..6), vec((any_query(), any_filter(), any_page()), 12)),
            1..5,
        ),
    ) {
        compare(steps)?;
    }
}

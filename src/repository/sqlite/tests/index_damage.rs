//! Flipped bits in the search index: `check` detects whatever changes a result.
//!
//! `REELGRAPH_TEST_FLIPS=1000 cargo test flipped` flips more of them than the usual test does.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::{Library, by, path, video};
use crate::domain::{
    NewVideo, PageRequest, SearchPosition, SearchQuery, VideoFilter, VideoId, VideoPatch,
};
use crate::repository::sqlite::SqliteRepository;
use crate::repository::{OnConflict, RepositoryError, SearchHit, VideoReader, VideoRepository};

/// Rare and frequent words, prefixes of each length with its own list and one without, phrases, and
/// exclusions.
const QUERIES: [&str; 16] = [
    "t",
    "to",
    "tow",
    "towe",
    "tower",
    "towers",
    "penguin",
    "penguins h",
    "mkv",
    "towers 1080p",
    "penguins season",
    "\"two towers\"",
    "\"season 3\" tow",
    "1080p -towers",
    "part 77",
    "volume -\"two towers\" pen",
];

const TITLES: [&str; 4] =
    ["The Two Towers", "Penguins Highway", "Two Penguins and the Towers", "Towering Season"];

fn named(number: u32) -> NewVideo {
    let title = TITLES[number as usize % TITLES.len()];
    let filename = format!("{title} part {number} {}p.mkv", [720, 1080][number as usize / 4 % 2]);
    let mut new = video(0);
    let mut bytes = [7; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    new.id = VideoId::from_bytes(bytes);
    new.values.path = path(&format!("/volume/Season {}/{filename}", number % 9));
    new.values.filename = path(&filename);
    new
}

/// Writes a library whose index has several segments, lists of many pages, and deleted rows.
async fn write(store: &SqliteRepository) {
    for batch in 0..4 {
        let videos = (batch * 300..(batch + 1) * 300).map(named).collect();
        store.insert_many(videos, OnConflict::Fail, by()).await.unwrap();
    }
    for number in (0..1200).step_by(97) {
        let filename = Some(path(&format!("renamed towers {number}.avi")));
        let patch = VideoPatch { filename, ..VideoPatch::default() };
        store.update(named(number).id, patch, None, by()).await.unwrap();
    }
    for number in (5..1200).step_by(101) {
        store.delete(named(number).id, None, by()).await.unwrap();
    }
}

/// The matches of every query, page by page, with their number.
async fn answers(
    store: &SqliteRepository,
) -> Result<Vec<(Vec<(SearchPosition, VideoId)>, u64)>, RepositoryError> {
    let mut answers = Vec::new();
    let everything = VideoFilter::everything();
    for query in QUERIES {
        let query = SearchQuery::parse(query).unwrap();
        let mut found = Vec::new();
        let mut request = PageRequest::first(100);
        loop {
            let page = store.search(&query, &everything, &request).await?;
            found.extend(page.items.iter().map(|hit: &SearchHit| (hit.place(), hit.video.id)));
            match found.last() {
                Some((place, _)) if page.has_next => {
                    request = PageRequest::Forward { limit: 100, after: Some(*place) };
                }
                _ => break,
            }
        }
        answers.push((found, store.count_found(&query, &everything).await?));
    }
    Ok(answers)
}

/// The pages of the index, as numbers from 0 on.
fn pages_of_index(file: &Path) -> Vec<usize> {
    let connection = Connection::open(file).unwrap();
    let sql = "SELECT pageno FROM dbstat WHERE name GLOB 'video_search_*' ORDER BY pageno";
    let mut statement = connection.prepare(sql).unwrap();
    let pages = statement.query_map((), |row| row.get::<_, u32>(0)).unwrap();
    pages.map(|page| page.unwrap() as usize - 1).collect()
}

/// Pseudo-random numbers below a bound, always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from((self.0 >> 33) % u64::try_from(end).unwrap()).unwrap()
    }
}

#[tokio::test]
async fn no_flipped_bit_that_changes_an_answer_is_called_sound() {
    let flips = std::env::var("REELGRAPH_TEST_FLIPS").map_or(40, |flips| flips.parse().unwrap());
    let Library { store, directory } = Library::new().await;
    write(&store).await;
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    let expected = answers(&store).await.unwrap();
    store.close().await.unwrap();
    let file = directory.path().join("library.db");
    let (pages, sound) = (pages_of_index(&file), fs::read(&file).unwrap());
    let page_size = usize::from(u16::from_be_bytes([sound[16], sound[17]]));
    let (mut numbers, mut found) = (Numbers(1), 0);
    for flip in 0..flips {
        let at = pages[numbers.below(pages.len())] * page_size + numbers.below(page_size);
        let bit = numbers.below(8);
        let mut damaged = sound.clone();
        damaged[at] ^= 1 << bit;
        fs::write(&file, damaged).unwrap();
        let Ok(store) = SqliteRepository::open(&file).await else {
            found += 1;
            continue;
        };
        let is_sound = store.check().await.is_ok_and(|faults| faults.is_empty());
        let is_same = answers(&store).await.is_ok_and(|answers| answers == expected);
        assert!(!is_sound || is_same, "flip {flip}, bit {bit} of byte {at}, changes an answer");
        found += usize::from(!is_sound);
        store.close().await.unwrap();
    }
    assert_ne!(found, 0, "no flip was found");
}

//! Any number of records with real names, the same ones every time.
//!
//! The names of `tests/data/names.ndjson` come as they are once and then varied: another word, year, resolution and
//! episode. So words have the frequencies that they have in real libraries, from the one in every
//! path to those in one alone, and frequent words meet in all combinations.

use std::collections::BTreeSet;

use reelgraph::domain::Timestamp;
use serde_json::Value;

const SAMPLE: &str = include_str!("../../tests/data/names.ndjson");

/// When the video with this number was added: one a second.
pub fn created_at(number: usize) -> i64 {
    1_600_000_000_000_000 + i64::try_from(number).expect("a number of videos") * 1_000_000
}

/// The records of a library of as many videos, a line each.
pub fn records(videos: usize) -> impl Iterator<Item = String> {
    let sample: Vec<Value> =
        SAMPLE.lines().map(|line| serde_json::from_str(line).expect("a record")).collect();
    let words = words_of(&sample);
    (0..videos).map(move |number| {
        let mut record = sample[number % sample.len()].clone();
        let path = record["path"].as_str().expect("a path");
        let (folder, name) = path.rsplit_once('/').expect("a folder");
        let mut name = name.to_owned();
        if number >= sample.len() {
            name = varied(&name, &words, &mut Numbers(mixed(number)));
        }
        record["path"] = format!("/volume/{:04}/{number:07}{folder}/{name}", number / 1000).into();
        record["filename"] = name.into();
        let created_at = Timestamp::from_micros(created_at(number)).expect("a time of this age");
        record["createdAt"] = created_at.to_string().into();
        record["id"] = uuid::Uuid::from_u128(mixed(number)).to_string().into();
        format!("{record}\n")
    })
}

/// A number spread over 128 bits, so that IDs do not come in the order of addition.
fn mixed(number: usize) -> u128 {
    (number as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835)
}

/// Numbers that look random.
struct Numbers(u128);

impl Numbers {
    /// The next one, below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645).wrapping_add(1);
        usize::try_from(self.0 >> 96).expect("32 bits") % end
    }
}

/// The words of all names that could be titles, in an order that is none.
fn words_of(sample: &[Value]) -> Vec<String> {
    let names = sample.iter().filter_map(|record| record["filename"].as_str());
    let words: BTreeSet<&str> = names.flat_map(parts).filter(|part| is_title(part)).collect();
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.sort_by_key(|word| crc32fast::hash(word.as_bytes()));
    words
}

/// The runs of letters and digits in a name, and what stands between them.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let mut rest = name;
    std::iter::from_fn(move || {
        let is_word = rest.chars().next()?.is_alphanumeric();
        let end = rest.find(|c: char| c.is_alphanumeric() != is_word).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(part)
    })
}

fn is_title(part: &str) -> bool {
    part.chars().count() >= 4 && part.chars().all(char::is_alphabetic)
}

fn varied(name: &str, words: &[String], numbers: &mut Numbers) -> String {
    let titles = parts(name).filter(|part| is_title(part)).count();
    let replaced = numbers.below(titles.max(1));
    let mut title = 0;
    let vary = |part: &str| {
        if is_title(part) {
            title += 1;
            if title == replaced + 1 {
                return words[rank(words.len(), numbers)].clone();
            }
        }
        with_other_numbers(part, numbers).unwrap_or_else(|| part.to_owned())
    };
    parts(name).map(vary).collect()
}

/// A place in a list, seldom a late one: the first is met in 2 % of all cases, the last hardly ever.
fn rank(length: usize, numbers: &mut Numbers) -> usize {
    (0..3).fold(length, |end, _| numbers.below(end) + 1) - 1
}

/// Another year, resolution or episode, where the part is one.
fn with_other_numbers(part: &str, numbers: &mut Numbers) -> Option<String> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if ["720p", "1080p", "2160p"].contains(&part) {
        return Some(["720p", "1080p", "2160p"][numbers.below(3)].to_owned());
    }
    if part.len() == 4 && (part.starts_with("19") || part.starts_with("20")) && is_number(part) {
        return Some((1950 + numbers.below(77)).to_string());
    }
    let (season, episode) = part.strip_prefix(['s', 'S'])?.split_once(['e', 'E'])?;
    let is_episode = is_number(season) && is_number(episode);
    is_episode.then(|| format!("S{:02}E{:02}", 1 + numbers.below(20), 1 + numbers.below(24)))
}

//! Names, and queries with whether they should match.

use serde::Deserialize;

use super::*;
use crate::domain::{Text, VideoValues, samples};

#[derive(Deserialize)]
struct Pair {
    filename: String,
    path: Option<String>,
    query: String,
    found: bool,
}

fn values(pair: &Pair) -> VideoValues {
    let mut values = samples::new_video(1, "a").values;
    let path = pair.path.clone().unwrap_or_else(|| format!("/media/{}", pair.filename));
    (values.filename, values.path) =
        (Text::new(&pair.filename).unwrap(), Text::new(&path).unwrap());
    values
}

#[test]
fn every_pair_holds() {
    let pairs = include_str!("../../../tests/data/search-pairs.json");
    let pairs: Vec<Pair> = serde_json::from_str(pairs).unwrap();
    let wrong = pairs.iter().filter(|pair| {
        let query = SearchQuery::parse(&pair.query).unwrap();
        query.rank(&values(pair)).is_some() != pair.found
    });
    let wrong: Vec<&str> = wrong.map(|pair| pair.query.as_str()).collect();
    assert_eq!(wrong, [""; 0]);
}

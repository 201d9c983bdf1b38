//! Names, and queries with whether they should match.

use serde::Deserialize;

use super::*;
use crate::domain::{Text, VideoValues, samples};

#[derive(Deserialize)]
pub(super) struct Pair {
    pub(super) filename: String,
    path: Option<String>,
    pub(super) query: String,
    pub(super) found: bool,
}

impl Pair {
    pub(super) fn values(&self) -> VideoValues {
        let mut values = samples::new_video(1, "a").values;
        let path = self.path.clone().unwrap_or_else(|| format!("/media/{}", self.filename));
        (values.filename, values.path) =
            (Text::new(&self.filename).unwrap(), Text::new(&path).unwrap());
        values
    }
}

pub(super) fn all() -> Vec<Pair> {
    serde_json::from_str(include_str!("../../../tests/data/search-pairs.json")).unwrap()
}

#[test]
fn every_pair_holds() {
    let pairs = all();
    let wrong = pairs.iter().filter(|pair| {
        let query = SearchQuery::parse(&pair.query).unwrap();
        query.rank(&pair.values()).is_some() != pair.found
    });
    let wrong: Vec<&str> = wrong.map(|pair| pair.query.as_str()).collect();
    assert_eq!(wrong, [""; 0]);
}

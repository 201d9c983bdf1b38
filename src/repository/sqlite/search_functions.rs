//! SQL functions for searches inside filters.
//!
//! The hits of a search are collected from the index once per read, as a set that each row is looked up
//! in: a temporary table would take several times as long, and space on the disk. Where there are few
//! rows, their names are compared with the query instead.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::{Connection, Error, Result};

use super::rows::BoxError;
use crate::domain::SearchQuery;

/// Takes a filename, a path and a query: whether the query finds such a video.
pub(super) const FINDS: &str = "search_finds";

/// Aggregates rowids of the index, each with the key of the set that they form, into the number of that
/// set.
pub(super) const COLLECT: &str = "collect_hits";

/// Takes a key: the number of the set with this key, or NULL if it has not been collected.
pub(super) const COLLECTED: &str = "collected_hits";

/// Takes a position and the number of a set: whether the set contains it.
pub(super) const IS_HIT: &str = "is_hit";

/// The sets of positions that the current read of a connection has collected, by their numbers.
#[derive(Clone, Default)]
pub(super) struct HitSets(Arc<Mutex<Vec<HitSet>>>);

struct HitSet {
    /// The text of the query.
    key: String,
    /// In ascending order.
    positions: Arc<Vec<i64>>,
}

impl HitSets {
    /// Releases all sets.
    pub(super) fn clear(&self) {
        let mut sets = self.lock();
        if !sets.is_empty() {
            *sets = Vec::new();
        }
    }

    /// The positions in a set, in ascending order.
    pub(super) fn positions(&self, number: u64) -> Arc<Vec<i64>> {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        self.lock().get(number).map(|set| Arc::clone(&set.positions)).unwrap_or_default()
    }

    fn keep(&self, collected: Collected) -> i64 {
        let Collected { key, rowids: mut positions } = collected;
        positions.iter_mut().for_each(|it| *it = it.wrapping_neg());
        // The index returns them in order, so that this only reverses them.
        positions.sort_unstable();
        positions.dedup();
        let mut sets = self.lock();
        sets.push(HitSet { key, positions: Arc::new(positions) });
        number_of(sets.len() - 1)
    }

    fn number_with_key(&self, key: &str) -> Option<i64> {
        self.lock().iter().position(|set| set.key == key).map(number_of)
    }

    fn contains(&self, number: i64, position: i64) -> Result<bool> {
        let sets = self.lock();
        let set = usize::try_from(number).ok().and_then(|number| sets.get(number));
        let set =
            set.ok_or_else(|| Error::UserFunctionError("the set was not collected".into()))?;
        Ok(set.positions.binary_search(&position).is_ok())
    }

    // A set is complete before it is added.
    fn lock(&self) -> MutexGuard<'_, Vec<HitSet>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn number_of(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// Adds the functions to a connection whose sets are these.
pub(super) fn add_to(connection: &Connection, sets: &HitSets) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8;
    connection.create_scalar_function(
        FINDS,
        3,
        flags | FunctionFlags::SQLITE_DETERMINISTIC,
        |arguments: &Context<'_>| {
            let query = arguments.get_or_create_aux(2, |query| {
                SearchQuery::parse(query.as_str()?).map_err(BoxError::from)
            })?;
            let [filename, path] = [0, 1].map(|index| arguments.get_raw(index).as_str());
            Ok(query.rank_names(filename?, path?).is_some())
        },
    )?;
    let own = sets.clone();
    connection.create_scalar_function(COLLECTED, 1, flags, move |arguments: &Context<'_>| {
        Ok(own.number_with_key(arguments.get_raw(0).as_str()?))
    })?;
    let own = sets.clone();
    connection.create_scalar_function(IS_HIT, 2, flags, move |arguments: &Context<'_>| {
        own.contains(arguments.get(1)?, arguments.get(0)?)
    })?;
    connection.create_aggregate_function(COLLECT, 2, flags, Collect(sets.clone()))
}

/// The function that collects a set.
struct Collect(HitSets);

/// A set that is being collected.
#[derive(Default)]
struct Collected {
    key: String,
    rowids: Vec<i64>,
}

impl Aggregate<Collected, i64> for Collect {
    fn init(&self, arguments: &mut Context<'_>) -> Result<Collected> {
        Ok(Collected { key: arguments.get(1)?, rowids: Vec::new() })
    }

    fn step(&self, arguments: &mut Context<'_>, collected: &mut Collected) -> Result<()> {
        collected.rowids.push(arguments.get(0)?);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, collected: Option<Collected>) -> Result<i64> {
        Ok(self.0.keep(collected.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection with the functions, its sets, and the only value of a statement's only row.
    fn connection() -> (Connection, HitSets) {
        let (connection, sets) = (Connection::open_in_memory().unwrap(), HitSets::default());
        add_to(&connection, &sets).unwrap();
        (connection, sets)
    }

    fn number(connection: &Connection, sql: &str) -> Option<i64> {
        connection.query_row(sql, (), |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_set_is_kept_until_it_is_cleared() {
        let (connection, sets) = connection();
        let number = |sql: &str| number(&connection, sql);
        assert_eq!(number("SELECT collected_hits('a')"), None);
        let values = "(SELECT -3 AS it UNION ALL SELECT -9 UNION ALL SELECT 7 UNION ALL SELECT -3)";
        let collect = format!("SELECT collect_hits(it, 'a') FROM {values}");
        assert_eq!(number(&collect), Some(0));
        assert_eq!(number("SELECT collect_hits(1, 'b') WHERE FALSE"), Some(1));
        assert_eq!(number("SELECT collected_hits('a')"), Some(0));
        assert_eq!(*sets.positions(0), [-7, 3, 9]);
        assert_eq!([1, 2].map(|set| sets.positions(set).len()), [0, 0]);
        for (position, set, is_in) in [(3, 0, 1), (-7, 0, 1), (9, 0, 1), (4, 0, 0), (3, 1, 0)] {
            let found = number(&format!("SELECT is_hit({position}, {set})"));
            assert_eq!(found, Some(is_in), "{position} {set}");
        }
        sets.clear();
        assert_eq!(number("SELECT collected_hits('a')"), None);
        assert!(connection.query_row("SELECT is_hit(3, 0)", (), |_| Ok(())).is_err());
    }

    #[test]
    fn names_are_compared_with_the_query() {
        let (connection, _) = connection();
        for (query, is_found) in [("two", 1), ("m -b", 1), ("one", 0), ("-two", 0), ("", 0)] {
            let sql = format!("SELECT search_finds('Two.mkv', '/m/Two.mkv', '{query}')");
            assert_eq!(number(&connection, &sql), Some(is_found), "{query}");
        }
    }
}

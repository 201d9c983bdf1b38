//! SQL functions for searches inside filters.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Result};

use super::rows::BoxError;
use crate::domain::SearchQuery;

/// Takes a filename, a path and a query: whether the query finds such a video.
pub(super) const FINDS: &str = "search_finds";

/// Adds the functions to a connection.
pub(super) fn add_to(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(FINDS, 3, flags, |arguments: &Context<'_>| {
        let query = arguments.get_or_create_aux(2, |query| {
            SearchQuery::parse(query.as_str()?).map_err(BoxError::from)
        })?;
        let [filename, path] = [0, 1].map(|index| arguments.get_raw(index).as_str());
        Ok(query.rank_names(filename?, path?).is_some())
    })
}

//! Videos of which a query is the whole name: looked up in the indexes on names, which have them at once.

use super::reader::Reader;
use super::rows::BoxError;
use super::sql::Sql;
use crate::domain::SearchQuery;

/// Whether there is such a video.
pub(super) fn are_there(reader: &Reader, query: &SearchQuery) -> Result<bool, BoxError> {
    let mut sql = Sql::new("SELECT EXISTS (");
    push_positions(&mut sql, query);
    sql.push(")");
    Ok(reader.number(&sql)? > 0)
}

/// Adds the statement for their positions.
pub(super) fn push_positions(sql: &mut Sql, query: &SearchQuery) {
    sql.push("SELECT position FROM videos WHERE path IN (");
    push_list(sql, query.exact_paths().into_iter().map(str::to_owned));
    sql.push(") UNION SELECT position FROM videos WHERE filename IN (");
    push_list(sql, query.exact_filenames());
    sql.push(")");
}

fn push_list(sql: &mut Sql, names: impl IntoIterator<Item = String>) {
    for (index, name) in names.into_iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " }).push_bind(name);
    }
}

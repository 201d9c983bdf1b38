//! Videos whose whole name is the query: looked up in the indexes on names.

use super::reader::Reader;
use super::rows::BoxError;
use crate::domain::SearchQuery;
use crate::repository::sql::Sql;

/// Whether there is such a video.
pub(super) fn are_there(reader: &Reader, query: &SearchQuery) -> Result<bool, BoxError> {
    if reader.number(&probe(query))? == 0 {
        return Ok(false);
    }
    let mut sql = Sql::new("SELECT EXISTS (");
    push_positions(&mut sql, query);
    sql.push(")");
    Ok(reader.number(&sql)? > 0)
}

/// Whether any name starts with the query, which is rare: two look-ups instead of one per
/// extension.
fn probe(query: &SearchQuery) -> Sql {
    let mut sql = Sql::new("SELECT EXISTS (");
    for (index, name) in query.exact_paths().into_iter().enumerate() {
        sql.push(if index == 0 { "" } else { " UNION ALL " });
        sql.push("SELECT 1 FROM videos WHERE path = ").push_bind(name.to_owned());
        // An extension begins with a dot, and a slash comes next after that.
        sql.push(" UNION ALL SELECT 1 FROM videos WHERE filename >= ").push_bind(name.to_owned());
        sql.push(" AND filename < ").push_bind(format!("{name}/"));
    }
    sql.push(")");
    sql
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

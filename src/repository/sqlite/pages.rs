//! Pages that walks find.

use rusqlite::Row;

use super::reader::Reader;
use super::rows::BoxError;
use crate::domain::{Page, PageBuilder, PageRequest};
use crate::repository::sql::{Sql, add_row};

/// The page that such statements find, of what `read` makes of their rows.
pub(super) fn read_page<T, P>(
    reader: &Reader,
    statements: &[Sql],
    request: &PageRequest<P>,
    read: impl Fn(&Row<'_>) -> Result<T, BoxError>,
) -> Result<Page<T>, BoxError> {
    if statements.len() > 1 {
        reader.stay_at_this_moment()?;
    }
    let mut page = PageBuilder::new(request);
    for (index, sql) in statements.iter().enumerate() {
        let is_known = index > 0 && request.offset() > 0 && page.has_near_side();
        if !is_known {
            reader.for_each(sql, |row| add_row(&mut page, row.get(0)?, || read(row)))?;
        }
    }
    Ok(page.build())
}

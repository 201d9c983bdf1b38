//! Reading statistics by folders.

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::columns::VideoColumn;
use super::failure::BoxError;
use super::matching::push_from;
use super::statistics::read_sums;
use super::texts::push_indexed;
use crate::domain::VideoFilter;
use crate::domain::stats::{Folder, FolderPage, FolderSums, FolderTotals};
use crate::repository::sql::{Conditions, Sql, end_of_prefix};

/// The statement for the paths, the number and the size of the videos that can be in the folders of a page.
///
/// Paths are cut behind the first `/` below the page's folder, where a folder ends on every system, and put
/// together by that. What comes before it shows whether one ends earlier, at a separator of Windows.
pub(super) fn of_page(filter: &VideoFilter, page: &FolderPage) -> Sql {
    let (path, size) = (VideoColumn::Path, VideoColumn::FileSize);
    let begin = page.under.as_ref().map_or(0, |under| under.as_str().chars().count());
    let begin = i64::try_from(begin).unwrap_or(i64::MAX);
    let mut sql = Sql::new(format!("SELECT left({path}, "));
    // The end of the path if nothing separates it.
    sql.push_bind(begin).push(format_args!("::int + coalesce(nullif(strpos(substr({path}, "));
    sql.push_bind(begin).push(format_args!(
        "::int + 1), '/'), 0), length({path}))) AS folder,
        count(*), sum({size})::text"
    ));
    push_range(&mut push_from(&mut sql, filter), page);
    sql.push(" GROUP BY folder");
    sql
}

/// The folders of a page, from the rows of [`of_page`].
pub(super) fn first_of(rows: &[PgRow], page: &FolderPage) -> Result<Vec<FolderTotals>, BoxError> {
    let mut sums = FolderSums::new(page.clone());
    for row in rows {
        sums.add_all(row.try_get(0)?, read_sums(row, 1)?);
    }
    Ok(sums.into_first())
}

/// Adds the conditions that paths start with a folder, and that they are after another one. A path is
/// after every text that its folder is after.
fn push_range(conditions: &mut Conditions<'_>, page: &FolderPage) {
    let under = page.under.as_ref().map(Folder::as_str);
    let after = page.after.as_deref().filter(|after| under.is_none_or(|it| it < *after));
    let (operator, start) = match (after, under) {
        (Some(after), _) => (" > ", after),
        (None, Some(under)) => (" >= ", under),
        (None, None) => return,
    };
    let path = VideoColumn::Path;
    push_indexed(conditions.and(), path, None, |sql| {
        sql.push(format_args!("{path}{operator}")).push_bind(start.to_owned());
        if let Some(end) = under.and_then(end_of_prefix) {
            sql.push(format_args!(" AND {path} < ")).push_bind(end);
        }
    });
}

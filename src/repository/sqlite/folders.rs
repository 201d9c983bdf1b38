//! Reading statistics by folders.

use super::columns::VideoColumn;
use super::matching::Matching;
use super::reader::{Reader, Reading};
use super::rows::read_quantity;
use crate::domain::VideoFilter;
use crate::domain::stats::{Folder, FolderPage, FolderSums, FolderTotals};
use crate::repository::sql::{Conditions, Sql, end_of_prefix};

/// The maximum number of videos that are fetched one by one, in the order of paths. More of them take
/// longer than the whole table.
const FEW: u64 = 20_000;

pub(super) fn list(
    filter: &VideoFilter,
    page: &FolderPage,
) -> impl Reading<Vec<FolderTotals>> + use<> {
    let (filter, page) = (filter.clone(), page.clone());
    move |reader: &Reader| {
        reader.stay_at_this_moment()?;
        let matching = Matching::of(reader, &filter)?;
        let are_few = match few_of(&page) {
            Some(few) if matching.is_table() => reader.number(&few)? < FEW,
            _ => false,
        };
        let sql = videos_of(&matching, &page, if are_few { BY_PATH } else { BY_TABLE });
        let mut sums = FolderSums::new(page.clone());
        reader.for_each(&sql, |row| {
            sums.add(row.get_ref(0)?.as_str()?, read_quantity(row, 1)?);
            Ok(())
        })?;
        Ok(sums.into_first())
    }
}

/// The prefix of the column of paths: a plus prevents SQLite from using the index on it.
type Prefix = &'static str;
pub(super) const BY_TABLE: Prefix = "+";
pub(super) const BY_PATH: Prefix = "";

/// The statement for the number of videos whose paths can be in the folders of a page, up to
/// [`FEW`]; none if those are all videos.
pub(super) fn few_of(page: &FolderPage) -> Option<Sql> {
    if page.under.is_none() && page.after.is_none() {
        return None;
    }
    let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM videos");
    push_range(&mut Conditions::of(&mut sql), page, BY_PATH);
    sql.push(" LIMIT ").push_bind(i64::try_from(FEW).unwrap_or(i64::MAX)).push(")");
    Some(sql)
}

/// The statement for the paths and the sizes of videos whose paths can be in the folders of a page.
pub(super) fn videos_of(matching: &Matching, page: &FolderPage, prefix: Prefix) -> Sql {
    let mut sql = Sql::new("");
    let columns = format_args!("{}, {}", VideoColumn::Path, VideoColumn::FileSize);
    push_range(&mut matching.select(&mut sql, columns), page, prefix);
    sql
}

/// Adds the conditions that paths start with a folder, and that they are after another one. A path is
/// after every text that its folder is after.
fn push_range(conditions: &mut Conditions<'_>, page: &FolderPage, prefix: Prefix) {
    let column = VideoColumn::Path;
    let under = page.under.as_ref().map(Folder::as_str);
    if let Some(after) = page.after.as_deref().filter(|after| under.is_none_or(|it| it < *after)) {
        conditions.and().push(format_args!("{prefix}{column} > ")).push_bind(after.to_owned());
    } else if let Some(under) = under {
        conditions.and().push(format_args!("{prefix}{column} >= ")).push_bind(under.to_owned());
    }
    if let Some(end) = under.and_then(end_of_prefix) {
        conditions.and().push(format_args!("{prefix}{column} < ")).push_bind(end);
    }
}

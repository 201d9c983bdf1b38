//! The condition on the files of videos.

use super::database::Dialect;
use crate::domain::VideoId;
use crate::domain::catalogue::RootId;
use crate::domain::filter::FileTest;
use crate::repository::sql::Sql;

/// Adds the condition that there is a file for the video of a row with this ID, and that it is as tested. An
/// index finds it.
pub(in crate::repository) fn push_file_test(
    sql: &mut Sql,
    dialect: Dialect,
    id: &str,
    test: &FileTest,
) {
    sql.push(format_args!("EXISTS (SELECT 1 FROM files WHERE files.video = {id}"));
    match test {
        FileTest::Exists => {}
        FileTest::In(roots) => push_in_roots(sql.push(" AND files.root"), dialect, roots),
        FileTest::Reachable(offline) => {
            sql.push(" AND NOT files.is_unreachable");
            if !offline.is_empty() {
                push_in_roots(sql.push(" AND files.root NOT"), dialect, offline);
            }
        }
    }
    sql.push(")");
}

fn push_in_roots(sql: &mut Sql, dialect: Dialect, roots: &[RootId]) {
    let ids = roots.iter().map(|root| VideoId::from_bytes(*root.as_bytes())).collect();
    sql.push(" IN (SELECT library_roots.root FROM library_roots WHERE ");
    dialect.push_in_ids(sql, "library_roots.id", ids);
    sql.push(")");
}

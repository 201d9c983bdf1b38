//! Reading many rows, of which only some are in memory at a time.

use sqlx::postgres::PgRow;

use super::failure::{BoxError, failed};
use super::source::Source;
use crate::repository::RepositoryError;
use crate::repository::sql::Sql;

/// Rows of a statement that are read bit by bit.
pub(super) struct Cursor<'s> {
    snapshot: &'s Source,
    attempted: &'static str,
    name: &'static str,
}

impl<'s> Cursor<'s> {
    /// Opens a cursor in a snapshot, in place of one that was open there. Cursors of one name have the same
    /// columns: the statement that reads from them is prepared only once.
    pub(super) async fn open(
        snapshot: &'s Source,
        attempted: &'static str,
        name: &'static str,
        sql: &Sql,
    ) -> Result<Self, RepositoryError> {
        snapshot.rows(attempted, &Sql::new("CLOSE ALL")).await?;
        let declare = Sql::new(format!("DECLARE {name} NO SCROLL CURSOR FOR {}", sql.text()));
        let declare = sql.values().iter().cloned().fold(declare, Sql::bind);
        snapshot.rows(attempted, &declare).await?;
        Ok(Self { snapshot, attempted, name })
    }

    /// The next rows; none at the end.
    pub(super) async fn next(&self) -> Result<Vec<PgRow>, RepositoryError> {
        let fetch = Sql::new(format!("FETCH 2000 FROM {}", self.name));
        self.snapshot.rows(self.attempted, &fetch).await
    }

    /// Hands over the rows one after another until `each` returns false.
    pub(super) async fn for_each_while(
        self,
        mut each: impl FnMut(&PgRow) -> Result<bool, BoxError>,
    ) -> Result<(), RepositoryError> {
        loop {
            let rows = self.next().await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                if !each(row).map_err(failed(self.attempted))? {
                    return Ok(());
                }
            }
        }
    }
}

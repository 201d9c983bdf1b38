//! Reading the faults that a statement finds.

use sqlx::postgres::PgRow;

use super::failure::BoxError;
use super::source::Source;
use crate::repository::MAX_FAULTS;
use crate::repository::sql::Sql;

/// What is attempted.
pub(super) const CHECK: &str = "check the library";

/// Faults, of which no more are read than are reported.
pub(super) async fn limited(
    snapshot: &Source,
    mut sql: Sql,
    fault: impl Fn(&PgRow) -> Result<String, BoxError>,
) -> Result<Vec<String>, BoxError> {
    sql.push(format_args!(" LIMIT {MAX_FAULTS}"));
    snapshot.rows(CHECK, &sql).await?.iter().map(fault).collect()
}

//! How SQL writes what filters ask of a column.

use std::fmt::Display;

use super::statement::Sql;
use crate::domain::filter::{Comparison, IntegerTest};

/// A comparison with a value.
pub(in crate::repository) fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Gt => " > ",
        Comparison::Gte => " >= ",
        Comparison::Lt => " < ",
        Comparison::Lte => " <= ",
    }
}

/// Begins the test of a column that can be NULL, which is unequal to every number: so that it is true or
/// false.
pub(in crate::repository) fn push_presence(
    sql: &mut Sql,
    column: impl Display,
    test: &IntegerTest,
) {
    match test {
        IntegerTest::IsNull(_) => {}
        IntegerTest::Ne(_) => {
            sql.push(format_args!("{column} IS NULL OR "));
        }
        IntegerTest::Eq(_) | IntegerTest::In(_) | IntegerTest::Is(..) => {
            sql.push(format_args!("{column} IS NOT NULL AND "));
        }
    }
}

/// The test for NULL, or for a value.
pub(in crate::repository) fn nullness(wanted: bool) -> &'static str {
    if wanted { " IS NULL" } else { " IS NOT NULL" }
}

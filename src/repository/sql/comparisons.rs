//! How SQL writes what filters ask of a column.

use crate::domain::filter::Comparison;

/// A comparison with a value.
pub(in crate::repository) fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Gt => " > ",
        Comparison::Gte => " >= ",
        Comparison::Lt => " < ",
        Comparison::Lte => " <= ",
    }
}

/// The test for NULL, or for a value.
pub(in crate::repository) fn nullness(wanted: bool) -> &'static str {
    if wanted { " IS NULL" } else { " IS NOT NULL" }
}

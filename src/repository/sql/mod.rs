//! What the stores that speak SQL have in common: statements, the columns of tables, and walks along
//! orders.

pub(in crate::repository) mod catalogue;
mod columns;
mod comparisons;
mod conditions;
mod fact_copies;
mod migrations;
mod positions;
mod prefix;
#[cfg(test)]
pub(in crate::repository) mod promises;
mod request_filter;
mod statement;
mod value;
mod video_columns;
mod walk;

pub(in crate::repository) use self::columns::{Columns, columns, join, listed, placeholders};
pub(in crate::repository) use self::comparisons::{nullness, operator, push_presence};
pub(in crate::repository) use self::conditions::Conditions;
pub(in crate::repository) use self::fact_copies::FactCopies;
pub(in crate::repository) use self::migrations::{Migration, migrations, take_applied};
pub(in crate::repository) use self::prefix::end_of_prefix;
pub(in crate::repository) use self::request_filter::LogFilters;
pub(in crate::repository) use self::statement::Sql;
pub(in crate::repository) use self::value::Value;
pub(in crate::repository) use self::video_columns::{VideoColumns, keys_of, video_columns};
pub(in crate::repository) use self::walk::{
    Key, Place, Walk, add_row, beyond, beyond_or_at, keyword,
};

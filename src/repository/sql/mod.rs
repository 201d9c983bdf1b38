//! What the stores that speak SQL have in common: statements, the columns of tables, and walks along
//! orders.

mod columns;
mod conditions;
mod positions;
mod prefix;
mod request_filter;
mod statement;
mod value;
mod walk;

pub(in crate::repository) use self::columns::{Columns, columns, join, listed, placeholders};
pub(in crate::repository) use self::conditions::Conditions;
pub(in crate::repository) use self::prefix::end_of_prefix;
pub(in crate::repository) use self::request_filter::LogFilters;
pub(in crate::repository) use self::statement::Sql;
pub(in crate::repository) use self::value::Value;
pub(in crate::repository) use self::walk::{
    Key, Place, Walk, add_row, beyond, beyond_or_at, keyword,
};

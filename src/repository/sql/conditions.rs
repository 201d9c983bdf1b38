//! The conditions of a statement.

use super::statement::Sql;

/// The conditions of a statement: `WHERE` before the first of them, `AND` before the others.
pub(in crate::repository) struct Conditions<'s> {
    sql: &'s mut Sql,
    keyword: &'static str,
}

impl<'s> Conditions<'s> {
    /// None so far.
    pub(in crate::repository) fn of(sql: &'s mut Sql) -> Self {
        Self { sql, keyword: " WHERE " }
    }

    /// Appends parameters to those written by hand.
    pub(in crate::repository) fn after_others(sql: &'s mut Sql) -> Self {
        Self { sql, keyword: " AND " }
    }

    /// The placeholder for another parameter.
    pub(in crate::repository) fn and(&mut self) -> &mut Sql {
        self.sql.push(self.keyword);
        self.keyword = " AND ";
        self.sql
    }
}

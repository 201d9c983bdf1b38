//! Statements for pages.

use crate::domain::PageRequest;
use crate::repository::sql::{Columns, Conditions, Key, Place, Sql, Walk};

/// The statement for a page of a table in an order. Its rows have a flag, whether the row only shows that
/// there is one on the near side of the page's place, and otherwise what is selected of the table. It is
/// one statement, so that all of it is of one moment.
///
/// `parts` are conditions that divide the table if no single index has the order. Each part is walked for as
/// many rows as the page has, and the rows are merged.
pub(super) fn page_of<C: Columns, P: Place>(
    page: &PageRequest<P>,
    order: &[Key<C>],
    parts: &[&str],
    push_filter: impl Fn(&mut Conditions<'_>),
) -> Sql {
    let mut sql = Sql::new("");
    for walk in Walk::of_page(page, order) {
        let nothing = ", NULL".repeat(C::READ);
        match walk.near_side {
            false => sql.push(format_args!("(SELECT false, {} FROM ", C::SELECTED)),
            true => sql.push(format_args!(" UNION ALL (SELECT true{nothing} FROM ")),
        };
        push_rows(&mut sql, &walk, parts, &push_filter);
        walk.push_order(&mut sql);
        walk.push_limit(&mut sql);
        sql.push(")");
    }
    sql
}

/// Adds the table with the conditions of a walk, or those rows of each of its parts that can be on the page.
fn push_rows<C: Columns, P: Place>(
    sql: &mut Sql,
    walk: &Walk<'_, C, P>,
    parts: &[&str],
    push_filter: impl Fn(&mut Conditions<'_>),
) {
    if parts.is_empty() {
        let mut conditions = Conditions::of(sql.push(C::TABLE));
        push_filter(&mut conditions);
        return walk.push_beyond(&mut conditions);
    }
    for (index, part) in parts.iter().enumerate() {
        sql.push(if index == 0 { "((SELECT * FROM " } else { " UNION ALL (SELECT * FROM " });
        let mut conditions = Conditions::of(sql.push(C::TABLE));
        conditions.and().push(part);
        push_filter(&mut conditions);
        walk.push_beyond(&mut conditions);
        walk.push_order(sql);
        walk.push_limit_of_part(sql);
        sql.push(")");
    }
    sql.push(format_args!(") AS {}", C::TABLE));
}

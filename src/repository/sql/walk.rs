//! Walks along an order from a place on. Every page is found by them: of videos, of a search, of the log
//! and of a history.

use super::columns::Columns;
use super::conditions::Conditions;
use super::statement::Sql;
use super::value::Value;
use crate::domain::{Direction, PageBuilder, PageRequest};

/// A column that an order compares, and which way it goes.
pub(in crate::repository) type Key<C> = (C, Direction);

/// A stretch along an order of the rows of a table, which are unique in all its keys together.
pub(in crate::repository) struct Walk<'p, C, P> {
    /// Whether it starts at the position itself and goes backward.
    pub(in crate::repository) near_side: bool,
    /// What is compared, in turn; there is at least one.
    pub(in crate::repository) keys: Vec<Key<C>>,
    /// Where it starts; at the end of the order if no position is given.
    pub(in crate::repository) place: Option<&'p P>,
    /// The maximum number of rows.
    pub(in crate::repository) limit: i64,
    /// The number of rows to skip before these.
    pub(in crate::repository) offset: i64,
}

/// What has values to be compared with the keys of an order.
pub(in crate::repository) trait Place {
    /// A value for each key, in their order.
    fn values(&self) -> Vec<Value>;
}

impl Place for i32 {
    fn values(&self) -> Vec<Value> {
        vec![(*self).into()]
    }
}

impl Place for i64 {
    fn values(&self) -> Vec<Value> {
        vec![(*self).into()]
    }
}

impl<'p, C: Columns, P> Walk<'p, C, P> {
    /// The walks that find a page in an order: its rows and one more, which shows whether there is a next
    /// page; and where it has a place, whether anything lies on the near side of that, or where it skips rows,
    /// whether there are any at all.
    pub(in crate::repository) fn of_page(
        page: &'p PageRequest<P>,
        order: &[Key<C>],
    ) -> impl Iterator<Item = Self> + use<'p, C, P> {
        let along = order.to_vec();
        let against = order.iter().map(|(key, direction)| (*key, direction.reversed())).collect();
        let [ahead, back] = if page.is_backward() { [against, along] } else { [along, against] };
        let limit = i64::try_from(page.limit()).map_or(i64::MAX, |limit| limit.saturating_add(1));
        let offset = i64::try_from(page.offset()).unwrap_or(i64::MAX);
        let ahead = Walk { near_side: false, keys: ahead, place: page.place(), limit, offset };
        let bound = page.place().filter(|_| offset == 0);
        let back = Walk { near_side: true, keys: back, place: bound, limit: 1, offset: 0 };
        let back = (offset > 0 || bound.is_some()).then_some(back);
        [Some(ahead), back].into_iter().flatten()
    }

    /// Its first key.
    pub(in crate::repository) fn first_key(&self) -> Key<C> {
        self.keys[0]
    }

    /// How the last key of what it meets compares with the place.
    pub(in crate::repository) fn operator(&self, direction: Direction) -> &'static str {
        if self.near_side { beyond_or_at(direction) } else { beyond(direction) }
    }

    /// The beginning of its statement. The rows have a flag, whether the row is only there to show that
    /// there is one on the near side of the page's place, and otherwise what is selected of the table.
    pub(in crate::repository) fn select(&self) -> Sql {
        Sql::new(match self.near_side {
            false => format!("SELECT false, {} FROM {}", C::SELECTED, C::TABLE),
            true => format!("SELECT true FROM {}", C::TABLE),
        })
    }

    /// Adds the order that it follows.
    pub(in crate::repository) fn push_order(&self, sql: &mut Sql) {
        sql.push(" ORDER BY ");
        for (index, (column, direction)) in self.keys.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            sql.push(format_args!("{separator}{column} {}", keyword(*direction)));
        }
    }

    /// Adds how many rows it has, and how many it skips.
    pub(in crate::repository) fn push_limit(&self, sql: &mut Sql) {
        sql.push(" LIMIT ").push_bind(self.limit);
        if self.offset > 0 {
            sql.push(" OFFSET ").push_bind(self.offset);
        }
    }

    /// Adds how many rows a part of it needs at most.
    pub(in crate::repository) fn push_limit_of_part(&self, sql: &mut Sql) {
        sql.push(" LIMIT ").push_bind(self.limit.saturating_add(self.offset));
    }
}

impl<C: Columns, P: Place> Walk<'_, C, P> {
    /// Adds that a row lies beyond its place, if it has one.
    pub(in crate::repository) fn push_beyond(&self, conditions: &mut Conditions<'_>) {
        let Some(place) = self.place else { return };
        let (sql, values) = (conditions.and(), place.values());
        let (first, direction) = self.first_key();
        if self.keys.iter().any(|(_, other)| *other != direction) {
            // An index cannot follow keys that go both ways, but it can start at the first of them.
            sql.push(format_args!("{first} {} ", beyond_or_at(direction)));
            sql.push_bind(values.first().cloned()).push(" AND ");
            return self.push_beyond_by_each(sql, &values);
        }
        for (index, (column, _)) in self.keys.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", " }).push(column);
        }
        sql.push(") ").push(self.operator(direction));
        for (index, value) in values.into_iter().enumerate() {
            sql.push(if index == 0 { " (" } else { ", " }).push_bind(value);
        }
        sql.push(")");
    }

    /// Adds that the last keys, as many as there are values, lie beyond these.
    fn push_beyond_by_each(&self, sql: &mut Sql, values: &[Value]) {
        let Some((value, others)) = values.split_first() else { return };
        let (column, direction) = self.keys[self.keys.len() - values.len()];
        let is_last = others.is_empty();
        let operator = if is_last { self.operator(direction) } else { beyond(direction) };
        sql.push(format_args!("({column} {operator} ")).push_bind(value.clone());
        if !is_last {
            sql.push(format_args!(" OR {column} = ")).push_bind(value.clone()).push(" AND ");
            self.push_beyond_by_each(sql, others);
        }
        sql.push(")");
    }
}

/// How SQL names a direction.
pub(in crate::repository) fn keyword(direction: Direction) -> &'static str {
    match direction {
        Direction::Asc => "ASC",
        Direction::Desc => "DESC",
    }
}

/// How what lies beyond a place compares with it.
pub(in crate::repository) fn beyond(direction: Direction) -> &'static str {
    match direction {
        Direction::Asc => ">",
        Direction::Desc => "<",
    }
}

/// The same where the place itself belongs to it.
pub(in crate::repository) fn beyond_or_at(direction: Direction) -> &'static str {
    match direction {
        Direction::Asc => ">=",
        Direction::Desc => "<=",
    }
}

/// Adds a row that a walk has found to its page.
pub(in crate::repository) fn add_row<T, E>(
    page: &mut PageBuilder<T>,
    near_side: bool,
    read: impl FnOnce() -> Result<T, E>,
) -> Result<(), E> {
    if near_side {
        page.note_near_side();
        Ok(())
    } else {
        page.add(read)
    }
}

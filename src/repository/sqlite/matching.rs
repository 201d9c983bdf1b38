//! Where the videos that match a filter are read for statistics.

use std::fmt::Display;

use super::columns::VideoColumn;
use super::filter::{self, leading_search};
use super::found::exact_or_nothing;
use super::found_positions::{Exact, push_found, set_of};
use super::reader::Reader;
use super::rows::BoxError;
use super::statistics::are_many;
use crate::domain::{SearchQuery, VideoFilter};
use crate::repository::sql::{Conditions, Sql};

/// The videos that match a filter.
pub(super) enum Matching {
    /// In the table.
    Table(VideoFilter),
    /// The few hits of a search, of which those count that match a filter in addition.
    Hits(SearchQuery, Exact, VideoFilter),
}

impl Matching {
    /// Those of this filter, as the library is in all further reads.
    pub(super) fn of(reader: &Reader, filter: &VideoFilter) -> Result<Self, BoxError> {
        let Some((query, rest)) = leading_search(filter) else {
            return Ok(Self::Table(filter.clone()));
        };
        let Some(exact) = exact_or_nothing(reader, &query)? else {
            return Ok(Self::Table(VideoFilter::Any(Vec::new())));
        };
        let set = reader.number(&set_of(&query, exact))?;
        let hits = reader.hit_sets().positions(set).len() as u64;
        Ok(match are_many(reader, hits)? {
            // The rows are looked up in the set.
            true => Self::Table(filter.clone()),
            false => Self::Hits(query, exact, rest),
        })
    }

    /// Whether they are read in the order of the table, or of an index that has all columns.
    pub(super) fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }

    /// Whether they are all videos.
    pub(super) fn is_everything(&self) -> bool {
        matches!(self, Self::Table(filter) if filter.is_everything())
    }

    /// Adds a statement that selects columns of theirs. More conditions can follow.
    pub(super) fn select<'s>(&self, sql: &'s mut Sql, columns: impl Display) -> Conditions<'s> {
        match self {
            Self::Table(filter) => {
                sql.push(format_args!("SELECT {columns} FROM videos"));
                let mut conditions = Conditions::of(sql);
                conditions.filter_videos(filter);
                conditions
            }
            Self::Hits(query, exact, rest) => {
                sql.push("WITH found (hit) AS (");
                push_found(sql, query, *exact);
                sql.push(format_args!(
                    ") SELECT {columns} FROM found CROSS JOIN videos ON videos.position = found.hit"
                ));
                let mut conditions = Conditions::of(sql);
                conditions.filter_videos(rest);
                conditions
            }
        }
    }

    /// Adds a statement that selects one column of theirs.
    pub(super) fn select_only(&self, sql: &mut Sql, column: VideoColumn) {
        match self {
            Self::Table(filter) if filter::only_column(filter) == Some(column) => {
                // All that it takes is in the index on that column.
                sql.push(format_args!("SELECT {column} FROM videos"));
                Conditions::of(sql).filter_by_index(filter);
            }
            _ => drop(self.select(sql, column)),
        }
    }
}

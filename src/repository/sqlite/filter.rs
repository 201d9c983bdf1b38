//! Filters as SQL. Every condition is true or false, never NULL, so that `NOT` is the complement.

use super::columns::VideoColumn;
use super::found_positions::{Exact, push_set};
use super::long_parts::{HAS_PART, is_long};
use super::rows::json_array;
use super::search_functions::{FINDS, IS_HIT};
use crate::domain::filter::{IdTest, IntegerField, IntegerTest, RealField, TextTest, VideoFilter};
use crate::domain::{SearchQuery, Text, VideoId};
use crate::repository::sql::catalogue::{Dialect, push_file_test};
use crate::repository::sql::{
    Columns, Conditions, Sql, VideoColumns, end_of_prefix, nullness, operator, push_presence,
};

impl Conditions<'_> {
    /// The condition that a video matches a filter. SQLite may only use indexes on names, for
    /// equality: it does not know how many videos are in a range, or have a codec, and might fetch
    /// most of them one by one.
    pub(super) fn filter_videos(&mut self, filter: &VideoFilter) {
        if !filter.is_everything() {
            push_condition(self.and(), filter);
        }
    }

    /// The same, with searches that compare the names of each video: for few rows.
    pub(super) fn filter_by_name(&mut self, filter: &VideoFilter) {
        if !filter.is_everything() {
            push_filter(self.and(), filter, (NO_RANGES, Searches::ByName));
        }
    }

    /// The condition that a video matches a filter, with any index that SQLite chooses.
    pub(super) fn filter_by_index(&mut self, filter: &VideoFilter) {
        if !filter.is_everything() {
            push_filter(self.and(), filter, (ANY_INDEX, Searches::of(filter)));
        }
    }
}

/// The prefix of a column: a plus prevents SQLite from using an index on it.
type Prefix = &'static str;
const NO_RANGES: Prefix = "+";
const ANY_INDEX: Prefix = "";

/// How a search in a filter finds out whether a video is a hit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Searches {
    /// In the set of all hits, which the index finds once.
    ByIndex,
    /// By the names of the video.
    ByName,
}

impl Searches {
    /// A filter that names its videos has few rows, which take less time than collecting all hits.
    fn of(filter: &VideoFilter) -> Self {
        if filter.is_by_name() { Self::ByName } else { Self::ByIndex }
    }
}

/// The search that finds the videos of a filter, and the conditions that they must fulfil in addition;
/// none if no search must hold, or if the filter names its videos.
pub(super) fn leading_search(filter: &VideoFilter) -> Option<(SearchQuery, VideoFilter)> {
    if filter.is_by_name() { None } else { filter.split_search() }
}

/// Adds a filter as an expression.
pub(super) fn push_condition(sql: &mut Sql, filter: &VideoFilter) {
    push_filter(sql, filter, (NO_RANGES, Searches::of(filter)));
}

/// The only column that a filter tests; none if it tests several columns or none, or other tables.
pub(super) fn only_column(filter: &VideoFilter) -> Option<VideoColumn> {
    if filter.is_on_files() {
        return None;
    }
    let mut columns = columns_of(filter).into_iter();
    let first = columns.next()?;
    columns.all(|column| column == first).then_some(first)
}

/// The columns that a filter tests, one item per test.
fn columns_of(filter: &VideoFilter) -> Vec<VideoColumn> {
    match filter {
        VideoFilter::All(parts) | VideoFilter::Any(parts) => {
            parts.iter().flat_map(columns_of).collect()
        }
        VideoFilter::Not(part) => columns_of(part),
        VideoFilter::Id(_) | VideoFilter::File(_) => vec![VideoColumn::Id],
        VideoFilter::Text(field, _) => vec![VideoColumn::of_text(*field)],
        VideoFilter::Integer(field, _) => vec![VideoColumn::of_integer(*field)],
        VideoFilter::Real(RealField::FrameRate, _, _) => {
            vec![VideoColumn::FrameRateNumerator, VideoColumn::FrameRateDenominator]
        }
        VideoFilter::Real(RealField::DurationSeconds, _, _) => vec![VideoColumn::DurationSeconds],
        VideoFilter::Search(_) => vec![VideoColumn::Path, VideoColumn::Filename],
    }
}

fn push_real(sql: &mut Sql, field: RealField) -> &mut Sql {
    match field {
        RealField::FrameRate => sql.push(format_args!(
            "(CAST({} AS REAL) / {})",
            VideoColumn::FrameRateNumerator,
            VideoColumn::FrameRateDenominator
        )),
        RealField::DurationSeconds => sql.push(VideoColumn::DurationSeconds),
    }
}

fn push_filter(sql: &mut Sql, filter: &VideoFilter, manner: (Prefix, Searches)) {
    let (prefix, searches) = manner;
    sql.push("(");
    match filter {
        VideoFilter::All(parts) => push_joined(sql, parts, [" AND ", "TRUE"], manner),
        VideoFilter::Any(parts) => push_joined(sql, parts, [" OR ", "FALSE"], manner),
        VideoFilter::Not(part) => push_filter(sql.push("NOT "), part, manner),
        VideoFilter::Search(query) => push_search(sql, query, searches),
        VideoFilter::Id(test) => push_id_test(sql, test),
        VideoFilter::File(test) => {
            push_file_test(sql, Dialect::Sqlite, VideoColumn::Id.name(), test);
        }
        VideoFilter::Text(field, test) => {
            push_text_test(sql, VideoColumn::of_text(*field), test, prefix);
        }
        VideoFilter::Integer(field, test) => {
            push_integer_test(sql, *field, test, prefix);
        }
        // SQLite takes NaN for NULL; nothing lies to it in any way.
        VideoFilter::Real(_, _, bound) if bound.is_nan() => {
            sql.push("FALSE");
        }
        VideoFilter::Real(field, comparison, bound) => {
            let sql = push_real(sql.push(prefix), *field);
            sql.push(operator(*comparison)).push_bind(*bound);
        }
    }
    sql.push(")");
}

fn push_joined(
    sql: &mut Sql,
    parts: &[VideoFilter],
    [separator, empty]: [&'static str; 2],
    manner: (Prefix, Searches),
) {
    if parts.is_empty() {
        sql.push(empty);
    }
    for (index, part) in parts.iter().enumerate() {
        push_filter(if index == 0 { sql } else { sql.push(separator) }, part, manner);
    }
}

fn push_search(sql: &mut Sql, query: &SearchQuery, searches: Searches) {
    if query.finds_nothing() {
        sql.push("FALSE");
    } else if searches == Searches::ByName {
        let (filename, path) = (VideoColumn::Filename, VideoColumn::Path);
        sql.push(format_args!("{FINDS}({filename}, {path}, "));
        sql.push_bind(query.as_written().to_owned()).push(")");
    } else {
        sql.push(format_args!("{IS_HIT}({}, ", VideoColumn::Position));
        push_set(sql, query, Exact::Some);
        sql.push(")");
    }
}

fn push_id_test(sql: &mut Sql, test: &IdTest) {
    match test {
        IdTest::In(wanted) => push_ids(sql.push(VideoColumn::Id).push(" IN "), wanted),
        IdTest::NotIn(unwanted) => push_ids(sql.push(VideoColumn::Id).push(" NOT IN "), unwanted),
        IdTest::IsNull(wanted) => {
            sql.push(VideoColumn::Id).push(nullness(*wanted));
        }
    }
}

/// JSON cannot contain bytes, and a placeholder for each would make a separate statement for each
/// number of them.
pub(super) fn push_ids(sql: &mut Sql, ids: &[VideoId]) {
    let list = json_array(ids.iter().map(ToString::to_string));
    sql.push("(SELECT unhex(value, '-') FROM json_each(").push_bind(list).push("))");
}

fn push_text_test(sql: &mut Sql, column: VideoColumn, test: &TextTest, prefix: Prefix) {
    // What may be NULL is compared only where it is not. For a column that cannot be, SQLite leaves
    // the question out.
    let present = format_args!("{column} IS NOT NULL AND {prefix}{column}");
    let equality = if column == VideoColumn::VideoCodec { prefix } else { ANY_INDEX };
    match test {
        TextTest::Eq(wanted) => {
            sql.push(equality).push(column).push(" IS ").push_bind(wanted.clone());
        }
        TextTest::Ne(unwanted) => {
            sql.push(column).push(" IS NOT ").push_bind(unwanted.clone());
        }
        TextTest::In(wanted) => {
            push_in(
                sql.push(format_args!("{column} IS NOT NULL AND {equality}{column}")),
                json_array(wanted),
            );
        }
        TextTest::NotIn(unwanted) => {
            push_in(
                sql.push(format_args!("{column} IS NULL OR {column} NOT")),
                json_array(unwanted),
            );
        }
        TextTest::StartsWith(start) => {
            sql.push(present).push(" >= ").push_bind(start.clone());
            if let Some(end) = end_of_prefix(start) {
                sql.push(format_args!(" AND {prefix}{column} < ")).push_bind(end);
            }
        }
        TextTest::Contains(part) | TextTest::EndsWith(part)
            if !part.is_empty() && Text::new(part).is_err() =>
        {
            sql.push("FALSE");
        }
        TextTest::EndsWith(end) if end.is_empty() => {
            sql.push(column).push(" IS NOT NULL");
        }
        TextTest::EndsWith(end) => {
            let length = i64::try_from(end.chars().count()).unwrap_or(i64::MAX);
            sql.push(format_args!("{column} IS NOT NULL AND substr({column}, ")).push_bind(-length);
            sql.push(") = ").push_bind(end.clone());
        }
        TextTest::Contains(part) if is_long(part) => {
            sql.push(format_args!("{column} IS NOT NULL AND {HAS_PART}({column}, "));
            sql.push_bind(part.clone()).push(")");
        }
        TextTest::Contains(part) => {
            // The pattern takes half the time, but knows no difference between U+FFFD and the two
            // code points that are no characters.
            sql.push(format_args!("{column} IS NOT NULL AND {column} GLOB "));
            sql.push_bind(glob_around(part));
            sql.push(format_args!(" AND instr({column}, ")).push_bind(part.clone()).push(") > 0");
        }
        TextTest::IsNull(wanted) => {
            sql.push(column).push(nullness(*wanted));
        }
    }
}

fn push_integer_test(sql: &mut Sql, field: IntegerField, test: &IntegerTest, prefix: Prefix) {
    let column = VideoColumn::of_integer(field);
    if field.is_optional() {
        push_presence(sql, column, test);
    }
    sql.push(prefix).push(column);
    match test {
        IntegerTest::Eq(wanted) => {
            sql.push(" = ").push_bind(*wanted);
        }
        IntegerTest::Ne(unwanted) => {
            sql.push(" <> ").push_bind(*unwanted);
        }
        IntegerTest::In(wanted) => push_in(sql, json_array(wanted)),
        IntegerTest::Is(comparison, bound) => {
            sql.push(operator(*comparison)).push_bind(*bound);
        }
        IntegerTest::IsNull(wanted) => {
            sql.push(nullness(*wanted));
        }
    }
}

/// Adds that a column is one of the items of a list in JSON.
pub(super) fn push_in(sql: &mut Sql, list: String) {
    sql.push(" IN (SELECT value FROM json_each(").push_bind(list).push("))");
}

/// The pattern of texts in which a part occurs.
fn glob_around(part: &str) -> String {
    let mut pattern = String::from("*");
    for character in part.chars() {
        if matches!(character, '*' | '?' | '[') {
            pattern.extend(['[', character, ']']);
        } else {
            pattern.push(character);
        }
    }
    pattern + "*"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_pattern_is_put_in_brackets() {
        for (part, pattern) in [("", "**"), ("a]b-^!", "*a]b-^!*"), ("[a]*?", "*[[]a][*][?]*")] {
            assert_eq!(glob_around(part), pattern);
        }
    }
}

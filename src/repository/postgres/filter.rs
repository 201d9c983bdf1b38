//! Filters as SQL. Every condition is true or false, never NULL, so that `NOT` is the complement.

use super::columns::VideoColumn;
use super::found::{Searches, push_search};
use super::storable::{can_be_stored, storable};
use super::texts::push_indexed;
use crate::domain::filter::{IdTest, IntegerField, IntegerTest, RealField, TextTest, VideoFilter};
use crate::repository::sql::catalogue::{Dialect, push_file_test};
use crate::repository::sql::{
    Columns, Conditions, Sql, VideoColumns, end_of_prefix, nullness, operator, push_presence,
};

/// Adds the condition that a video matches a filter, where many are gone through.
pub(super) fn filter_videos(conditions: &mut Conditions<'_>, filter: &VideoFilter) {
    filter_by(conditions, filter, Searches::BySet);
}

/// The same where few are gone through.
pub(super) fn filter_few_videos(conditions: &mut Conditions<'_>, filter: &VideoFilter) {
    filter_by(conditions, filter, Searches::ByWords);
}

/// The same for a walk along an order, which ends as soon as it has enough.
pub(super) fn filter_walk(conditions: &mut Conditions<'_>, filter: &VideoFilter) {
    filter_by(conditions, filter, Searches::Walking);
}

fn filter_by(conditions: &mut Conditions<'_>, filter: &VideoFilter, searches: Searches) {
    // A filter that names its videos has few rows.
    let searches = if filter.is_by_name() { Searches::ByWords } else { searches };
    if !filter.is_everything() {
        push_filter(conditions.and(), filter, searches);
    }
}

/// Adds a filter as an expression.
pub(super) fn push_filter(sql: &mut Sql, filter: &VideoFilter, searches: Searches) {
    sql.push("(");
    match filter {
        VideoFilter::All(parts) => push_joined(sql, parts, [" AND ", "TRUE"], searches),
        VideoFilter::Any(parts) => push_joined(sql, parts, [" OR ", "FALSE"], searches),
        VideoFilter::Not(part) => push_filter(sql.push("NOT "), part, searches),
        VideoFilter::Search(query) => push_search(sql, query, searches),
        VideoFilter::Id(test) => push_id_test(sql, test),
        VideoFilter::File(test) => {
            push_file_test(sql, Dialect::Postgres, VideoColumn::Id.name(), test);
        }
        VideoFilter::Text(field, test) => push_text_test(sql, VideoColumn::of_text(*field), test),
        VideoFilter::Integer(field, test) => {
            push_integer_test(sql, *field, test);
        }
        // PostgreSQL has NaN above all numbers; nothing compares with it in any way.
        VideoFilter::Real(_, _, bound) if bound.is_nan() => {
            sql.push("FALSE");
        }
        VideoFilter::Real(field, comparison, bound) => {
            sql.push(real_column(*field)).push(operator(*comparison)).push_bind(*bound);
        }
    }
    sql.push(")");
}

/// Adds parts with a separator between them, or what stands for none.
fn push_joined(
    sql: &mut Sql,
    parts: &[VideoFilter],
    [separator, none]: [&str; 2],
    searches: Searches,
) {
    if parts.is_empty() {
        sql.push(none);
    }
    for (index, part) in parts.iter().enumerate() {
        push_filter(if index == 0 { sql } else { sql.push(separator) }, part, searches);
    }
}

fn real_column(field: RealField) -> VideoColumn {
    match field {
        RealField::FrameRate => VideoColumn::FramesPerSecond,
        RealField::DurationSeconds => VideoColumn::DurationSeconds,
    }
}

fn push_id_test(sql: &mut Sql, test: &IdTest) {
    let id = VideoColumn::Id;
    match test {
        IdTest::In(wanted) => {
            sql.push(id).push(" = ANY(").push_bind(wanted.clone()).push(")");
        }
        IdTest::NotIn(unwanted) => {
            sql.push(id).push(" <> ALL(").push_bind(unwanted.clone()).push(")");
        }
        IdTest::IsNull(wanted) => {
            sql.push(id).push(nullness(*wanted));
        }
    }
}

fn push_text_test(sql: &mut Sql, column: VideoColumn, test: &TextTest) {
    // The index on audio codecs has a text for none.
    let indexed = match column {
        VideoColumn::AudioCodec => VideoColumn::AudioCodecKey,
        column => column,
    };
    let present = format_args!("{column} IS NOT NULL AND {indexed}");
    match test {
        TextTest::Eq(text)
        | TextTest::StartsWith(text)
        | TextTest::EndsWith(text)
        | TextTest::Contains(text)
            if !can_be_stored(text) =>
        {
            sql.push("FALSE");
        }
        TextTest::Ne(text) if !can_be_stored(text) => {
            sql.push("TRUE");
        }
        TextTest::Eq(wanted) => push_indexed(sql, indexed, Some(wanted.len()), |sql| {
            sql.push(present).push(" = ").push_bind(wanted.clone());
        }),
        TextTest::Ne(unwanted) => {
            sql.push(format_args!("{column} IS NULL OR {column} <> ")).push_bind(unwanted.clone());
        }
        TextTest::In(wanted) => {
            let longest = wanted.iter().map(String::len).max().unwrap_or_default();
            push_indexed(sql, indexed, Some(longest), |sql| {
                sql.push(present).push(" = ANY(").push_bind(storable(wanted)).push(")");
            });
        }
        TextTest::NotIn(unwanted) => {
            sql.push(format_args!("{column} IS NULL OR {column} <> ALL("));
            sql.push_bind(storable(unwanted)).push(")");
        }
        TextTest::StartsWith(start) => push_indexed(sql, indexed, None, |sql| {
            sql.push(present).push(" >= ").push_bind(start.clone());
            if let Some(end) = end_of_prefix(start) {
                sql.push(format_args!(" AND {indexed} < ")).push_bind(end);
            }
        }),
        TextTest::EndsWith(end) => {
            // right() with a length of 0 gives ''.
            let length = i64::try_from(end.chars().count()).unwrap_or(i64::MAX);
            sql.push(format_args!("{column} IS NOT NULL AND right({column}, "));
            sql.push_bind(length).push("::int) = ").push_bind(end.clone());
        }
        TextTest::Contains(part) => {
            sql.push(format_args!("{column} IS NOT NULL AND strpos({column}, "));
            sql.push_bind(part.clone()).push(") > 0");
        }
        TextTest::IsNull(wanted) => {
            sql.push(column).push(nullness(*wanted));
        }
    }
}

fn push_integer_test(sql: &mut Sql, field: IntegerField, test: &IntegerTest) {
    let column = VideoColumn::of_integer(field);
    if field.is_optional() {
        push_presence(sql, column, test);
    }
    sql.push(column);
    match test {
        IntegerTest::Eq(wanted) => {
            sql.push(" = ").push_bind(*wanted);
        }
        IntegerTest::Ne(unwanted) => {
            sql.push(" <> ").push_bind(*unwanted);
        }
        IntegerTest::In(wanted) => {
            sql.push(" = ANY(").push_bind(wanted.clone()).push(")");
        }
        IntegerTest::Is(comparison, bound) => {
            sql.push(operator(*comparison)).push_bind(*bound);
        }
        IntegerTest::IsNull(wanted) => {
            sql.push(nullness(*wanted));
        }
    }
}

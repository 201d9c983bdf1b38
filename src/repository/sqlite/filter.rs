//! Filters as SQL. Every condition is true or false, never NULL, so that `NOT` is the complement.

use sqlx::{QueryBuilder, Sqlite};

use super::rows::json_array;
use crate::domain::filter::{
    Comparison, IntegerField, IntegerTest, RealField, TextField, TextTest, VideoFilter,
};
use crate::domain::{AuditFilter, AuditOperation};

pub(super) type Sql = QueryBuilder<Sqlite>;

/// The conditions of a statement: `WHERE` before the first of them, `AND` before the others.
pub(super) struct Conditions<'s> {
    sql: &'s mut Sql,
    keyword: &'static str,
}

impl<'s> Conditions<'s> {
    /// None so far.
    pub(super) fn of(sql: &'s mut Sql) -> Self {
        Self { sql, keyword: " WHERE " }
    }

    /// Where to write one more.
    pub(super) fn and(&mut self) -> &mut Sql {
        self.sql.push(self.keyword);
        self.keyword = " AND ";
        self.sql
    }

    /// That a video passes a filter.
    pub(super) fn filter_videos(&mut self, filter: &VideoFilter) {
        if !filter.is_everything() {
            push_filter(self.and(), filter);
        }
    }

    /// That an entry passes a filter.
    pub(super) fn filter_entries(&mut self, filter: &AuditFilter) {
        if let Some(id) = filter.entity_id {
            self.and().push("entity_id = ").push_bind(id.as_bytes().to_vec());
        }
        if let Some(operations) = &filter.operations {
            let names = operations.iter().map(|operation| AuditOperation::name(*operation));
            push_in(self.and().push("operation"), json_array(names));
        }
        if let Some(actor) = &filter.actor {
            self.and().push("actor = ").push_bind(actor.clone());
        }
        if let Some(request_id) = &filter.request_id {
            self.and().push("request_id = ").push_bind(request_id.clone());
        }
        for (comparison, bound) in &filter.timestamp {
            let sql = self.and().push("timestamp").push(operator(*comparison));
            sql.push_bind(bound.as_micros());
        }
    }
}

fn text_column(field: TextField) -> &'static str {
    match field {
        TextField::Path => "path",
        TextField::Filename => "filename",
        // Only the statistics index begins with it, and SQLite would use that one for pages, which
        // it has in no order that one could have: with the plus it does not.
        TextField::VideoCodec => "+video_codec",
        TextField::AudioCodec => "audio_codec",
    }
}

fn integer_column(field: IntegerField) -> &'static str {
    match field {
        IntegerField::Width => "width",
        IntegerField::Height => "height",
        IntegerField::FileSize => "file_size",
        IntegerField::CreatedAt => "created_at",
        IntegerField::UpdatedAt => "updated_at",
    }
}

fn real_expression(field: RealField) -> &'static str {
    match field {
        RealField::FrameRate => "(CAST(frame_rate_numerator AS REAL) / frame_rate_denominator)",
        RealField::DurationSeconds => "duration_seconds",
    }
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Gt => " > ",
        Comparison::Gte => " >= ",
        Comparison::Lt => " < ",
        Comparison::Lte => " <= ",
    }
}

fn push_filter(sql: &mut Sql, filter: &VideoFilter) {
    sql.push("(");
    match filter {
        VideoFilter::All(parts) => push_joined(sql, parts, [" AND ", "TRUE"]),
        VideoFilter::Any(parts) => push_joined(sql, parts, [" OR ", "FALSE"]),
        VideoFilter::Not(part) => push_filter(sql.push("NOT "), part),
        VideoFilter::Text(field, test) => push_text_test(sql, text_column(*field), test),
        VideoFilter::Integer(field, test) => push_integer_test(sql, integer_column(*field), test),
        // SQLite takes NaN for NULL; nothing lies to it in any way.
        VideoFilter::Real(_, _, bound) if bound.is_nan() => {
            sql.push("FALSE");
        }
        VideoFilter::Real(field, comparison, bound) => {
            sql.push(real_expression(*field)).push(operator(*comparison)).push_bind(*bound);
        }
    }
    sql.push(")");
}

fn push_joined(sql: &mut Sql, parts: &[VideoFilter], [separator, empty]: [&str; 2]) {
    if parts.is_empty() {
        sql.push(empty);
    }
    for (index, part) in parts.iter().enumerate() {
        push_filter(if index == 0 { sql } else { sql.push(separator) }, part);
    }
}

fn push_text_test(sql: &mut Sql, column: &str, test: &TextTest) {
    // What may be NULL is compared only where it is not. For a column that cannot be, SQLite leaves
    // the question out.
    let present = format_args!("{column} IS NOT NULL AND {column}");
    match test {
        TextTest::Eq(wanted) => {
            sql.push(column).push(" IS ").push_bind(wanted.clone());
        }
        TextTest::Ne(unwanted) => {
            sql.push(column).push(" IS NOT ").push_bind(unwanted.clone());
        }
        TextTest::In(wanted) => push_in(sql.push(present), json_array(wanted)),
        TextTest::StartsWith(start) => {
            sql.push(present).push(" >= ").push_bind(start.clone());
            if let Some(end) = end_of_prefix(start) {
                sql.push(" AND ").push(column).push(" < ").push_bind(end);
            }
        }
        TextTest::Contains(part) => {
            let found = format_args!("{column} IS NOT NULL AND instr({column}, ");
            sql.push(found).push_bind(part.clone()).push(") > 0");
        }
        TextTest::IsNull(true) => {
            sql.push(column).push(" IS NULL");
        }
        TextTest::IsNull(false) => {
            sql.push(column).push(" IS NOT NULL");
        }
    }
}

fn push_integer_test(sql: &mut Sql, column: &str, test: &IntegerTest) {
    sql.push(column);
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
    }
}

fn push_in(sql: &mut Sql, list: String) {
    sql.push(" IN (SELECT value FROM json_each(").push_bind(list).push("))");
}

/// The smallest text above all that begin with `prefix`; none where every text from `prefix` on
/// begins with it. UTF-8 orders texts as their characters are ordered.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_text_that_does_not_begin_with_it() {
        for (prefix, end) in [
            ("", None),
            ("ab", Some("ac")),
            ("a\u{7F}", Some("a\u{80}")),
            ("a\u{D7FF}", Some("a\u{E000}")),
            ("a\u{10FFFF}\u{10FFFF}", Some("b")),
            ("\u{10FFFF}", None),
        ] {
            assert_eq!(end_of_prefix(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}

//! Queries of the index that leave out what takes long to look up, by what a sample of all words says.

use super::search_terms::{ANYWHERE, Form, push_any};
use super::search_tokens::{IN_ANY, any, excluded, of_query, push_indexed, push_selected};
use crate::domain::SearchQuery;
use crate::domain::search::SearchTerm;
use crate::repository::sql::Sql;

/// Rows from all over the table, always the same: as many as 300 kB have, some 1,500.
const SAMPLE: &str = "video_search TABLESAMPLE SYSTEM
    (least(100, 30000000.0 / greatest(pg_relation_size('video_search'), 1))) REPEATABLE (0)";

/// How many times as many rows as have the rarest term of a query have words that are longer than another
/// one, if the index takes longer to collect these than the rows of the rarest take to be read.
const FREQUENT: i64 = 20;

/// Adds the condition that the index has a row for all that matches a query, and perhaps for more.
///
/// For several terms, the index goes through the places of a whole word in order and skips those that the other terms do not
/// have, but it first collects those of all longer words. If many rows have these and few have the rarest
/// term, it takes less time to read the few rows. So the query of the index leaves out terms with frequent
/// longer words, by a sample of all words.
pub(super) fn push_indexed_by_rare(sql: &mut Sql, query: &SearchQuery) {
    let terms = query.required();
    if terms.len() < 2 {
        return push_indexed(sql, of_query(query));
    }
    push_selected(sql, |sql| {
        sql.push("concat_ws(' & '");
        for (index, term) in terms.iter().enumerate() {
            sql.push(format_args!(
                ", CASE WHEN term_{index} - whole_{index} <= {FREQUENT} * greatest(rarest, 1) THEN "
            ));
            sql.push_bind(any(query, term, IN_ANY, Form::Start)).push(" END");
        }
        for other in excluded(query) {
            sql.push(", ").push_bind(format!("!({other})"));
        }
        let names = (0..terms.len()).map(|index| format!("term_{index}"));
        let names = names.collect::<Vec<_>>().join(", ");
        sql.push(format_args!(")::tsquery FROM (SELECT *, least({names}) AS rarest FROM ("));
        push_sample(sql, terms);
        sql.push(") c) n");
    });
}

/// Adds a statement for the number of rows in the sample that have each term, and as whole words.
fn push_sample(sql: &mut Sql, terms: &[SearchTerm]) {
    sql.push("SELECT ");
    for (index, term) in terms.iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " });
        push_any(sql.push("count(*) FILTER (WHERE "), term, (ANYWHERE, Form::Start));
        sql.push(format_args!(") AS term_{index}, count(*) FILTER (WHERE "));
        push_any(sql, term, (ANYWHERE, Form::Whole));
        sql.push(format_args!(") AS whole_{index}"));
    }
    sql.push(format_args!(" FROM {SAMPLE}"));
}

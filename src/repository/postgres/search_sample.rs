//! Queries of the index that ask for the rare terms of a search only, by what a sample of all words says.

use super::search_terms::{ANYWHERE, Form, push_any};
use super::search_tokens::{IN_ANY, TOKENS, any, excluded, of_query, push_indexed};
use crate::domain::SearchQuery;
use crate::repository::sql::Sql;

/// Rows from all over the table, always the same: as many as 300 kB have, some 1,500.
const SAMPLE: &str = "video_search TABLESAMPLE SYSTEM
    (least(100, 30000000.0 / greatest(pg_relation_size('video_search'), 1))) REPEATABLE (0)";

/// How many times as frequent as the rarest term of a query another one is, if the index takes longer to
/// read its places than its rows take to be read.
const FREQUENT: i64 = 20;

/// Adds the condition that the index has a row for all that matches a query, and perhaps for more.
///
/// The index reads all places of a word that only has to begin as a term does. For a frequent one beside a
/// rare one, that takes longer than to look whether the few rows with the rare one have it. So the query of
/// the index has only the terms that are not frequent beside the rarest one, by a sample of all words.
pub(super) fn push_indexed_by_rare(sql: &mut Sql, query: &SearchQuery) {
    let terms = query.required();
    if terms.len() < 2 {
        return push_indexed(sql, of_query(query));
    }
    sql.push(format_args!("{TOKENS} @@ (SELECT concat_ws(' & '"));
    for (index, term) in terms.iter().enumerate() {
        sql.push(format_args!(
            ", CASE WHEN term_{index} <= {FREQUENT} * greatest(rarest, 1) THEN "
        ));
        sql.push_bind(any(term, IN_ANY, Form::Start)).push(" END");
    }
    for other in excluded(query) {
        sql.push(", ").push_bind(format!("!({other})"));
    }
    let names: Vec<String> = (0..terms.len()).map(|index| format!("term_{index}")).collect();
    sql.push(format_args!(")::tsquery FROM (SELECT *, least({}) AS rarest", names.join(", ")));
    sql.push(" FROM (SELECT ");
    for (index, (term, name)) in terms.iter().zip(&names).enumerate() {
        sql.push(if index == 0 { "count(*) FILTER (WHERE " } else { ", count(*) FILTER (WHERE " });
        push_any(sql, term, (ANYWHERE, Form::Start));
        sql.push(format_args!(") AS {name}"));
    }
    sql.push(format_args!(" FROM {SAMPLE}) c) n)"));
}

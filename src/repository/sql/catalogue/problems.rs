//! The problems that scans have with files and folders.

use std::collections::HashMap;

use super::changes::{number_of, raise_if, root_id};
use super::database::{Dialect, Transaction, all};
use super::files::{mark_values, read_mark};
use super::paging::page_of;
use super::row::{BoxError, Query, SqlRow, given, time};
use crate::domain::catalogue::{Problem, ProblemCode, RootId};
use crate::domain::{PageRequest, VideoId};
use crate::repository::catalogue::NotedProblem;
use crate::repository::sql::{Sql, Value};

/// The columns of a problem, as [`read_from`] reads them.
const PROBLEM: &str =
    "path, code, message, since, size, modified, changed, device, inode, candidates";

const OF_ROOT: &str = " FROM scan_problems
    WHERE root = (SELECT root FROM library_roots WHERE id = ";

/// Every problem of a root, by path.
pub(super) fn of_root(root: RootId) -> Query<NotedProblem> {
    let mut sql = Sql::new(format!("SELECT {PROBLEM}{OF_ROOT}"));
    sql.push_bind(root_id(root)).push(") ORDER BY path");
    Query { sql, read: |row| read_from(row, 0) }
}

/// How many problems a root has.
pub(super) fn count(root: RootId) -> Query<i64> {
    let mut sql = Sql::new(format!("SELECT count(*){OF_ROOT}"));
    sql.push_bind(root_id(root)).push(")");
    Query { sql, read: |row| given(row.integer(0)?) }
}

/// A page of the problems of a root, and what is next to it.
pub(super) fn page(root: RootId, request: &PageRequest<Vec<u8>>) -> Query<(bool, NotedProblem)> {
    let sql = page_of(request, |sql, stretch| {
        sql.push(format_args!("SELECT {PROBLEM}{OF_ROOT}")).push_bind(root_id(root)).push(")");
        if let Some(path) = stretch.place {
            sql.push(format_args!(" AND path {} ", stretch.operator(false)));
            sql.push_bind(Value::Bytes(path.clone()));
        }
        sql.push(format_args!(" ORDER BY path {}", stretch.direction(false)));
        stretch.push_limit(sql);
    });
    Query { sql, read: |row| Ok((row.flag(0)?, read_from(row, 1)?)) }
}

fn read_from(row: &dyn SqlRow, first: usize) -> Result<NotedProblem, BoxError> {
    let code = given(row.text(first + 1)?)?;
    let candidates: Vec<&str> = serde_json::from_str(given(row.text(first + 9)?)?)?;
    Ok(NotedProblem {
        path: given(row.bytes(first)?)?.to_vec(),
        problem: Problem {
            code: ProblemCode::named(code).ok_or("a problem has an unknown code")?,
            message: given(row.text(first + 2)?)?.to_owned(),
        },
        since: given(time(row, first + 3)?)?,
        mark: row.integer(first + 4)?.map(|_| read_mark(row, first + 4)).transpose()?,
        candidates: candidates.into_iter().map(str::parse).collect::<Result<_, _>>()?,
    })
}

/// Notes problems, and removes others.
pub(super) async fn change(
    root: RootId,
    noted: Vec<NotedProblem>,
    removed: Vec<Vec<u8>>,
    connection: Transaction<'_>,
) -> Result<(), BoxError> {
    let paths = noted.iter().map(|problem| &problem.path).chain(&removed);
    let standing = all(connection, at(connection.dialect(), root, paths)).await?;
    let mut standing: HashMap<_, _> =
        standing.into_iter().map(|problem| (problem.path.clone(), problem)).collect();
    let mut gone: Vec<_> = removed.into_iter().filter(|path| standing.contains_key(path)).collect();
    let mut new: HashMap<Vec<u8>, NotedProblem> = HashMap::new();
    for path in &gone {
        standing.remove(path);
    }
    for problem in noted {
        let before = standing.get(&problem.path);
        let same = before.filter(|before| before.problem.code == problem.problem.code);
        let since = same.map_or(problem.since, |same| same.since);
        let problem = NotedProblem { since, ..problem };
        if before != Some(&problem) {
            new.insert(problem.path.clone(), problem);
        }
    }
    if gone.is_empty() && new.is_empty() {
        return Ok(());
    }
    gone.extend(new.keys().cloned());
    remove(root, &gone, connection).await?;
    add(root, new.into_values().collect(), connection).await?;
    raise_if(true, connection).await
}

fn at<'p>(
    dialect: Dialect,
    root: RootId,
    paths: impl Iterator<Item = &'p Vec<u8>>,
) -> Query<NotedProblem> {
    let mut sql = Sql::new(format!("SELECT {PROBLEM}{OF_ROOT}"));
    sql.push_bind(root_id(root)).push(") AND ");
    dialect.push_in_paths(&mut sql, "path", paths.map(Vec::as_slice));
    Query { sql, read: |row| read_from(row, 0) }
}

async fn remove(
    root: RootId,
    paths: &[Vec<u8>],
    connection: Transaction<'_>,
) -> Result<(), BoxError> {
    let mut sql = Sql::new(format!("DELETE{OF_ROOT}"));
    sql.push_bind(root_id(root)).push(") AND ");
    connection.dialect().push_in_paths(&mut sql, "path", paths.iter().map(Vec::as_slice));
    connection.execute(&sql).await.map(drop)
}

async fn add(
    root: RootId,
    problems: Vec<NotedProblem>,
    connection: Transaction<'_>,
) -> Result<(), BoxError> {
    if problems.is_empty() {
        return Ok(());
    }
    let number = number_of(root, connection).await?;
    for problems in problems.chunks(connection.dialect().rows_at_once()) {
        let mut sql = Sql::new(format!("INSERT INTO scan_problems (root, {PROBLEM}) VALUES "));
        for (index, problem) in problems.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            push_values(&mut sql, number, problem)?;
            sql.push(")");
        }
        connection.execute(&sql).await?;
    }
    Ok(())
}

fn push_values(sql: &mut Sql, root: i64, noted: &NotedProblem) -> Result<(), BoxError> {
    let candidates: Vec<String> = noted.candidates.iter().map(VideoId::to_string).collect();
    sql.push_bind(root).push(", ").push_bind(Value::Bytes(noted.path.clone())).push(", ");
    sql.push_bind(noted.problem.code.as_str().to_owned()).push(", ");
    sql.push_bind(noted.problem.message.clone()).push(", ");
    sql.push_bind(noted.since.as_micros());
    for number in 0..5 {
        sql.push(", ").push_optional(noted.mark.map(|mark| mark_values(&mark)[number]));
    }
    sql.push(", ").push_bind(serde_json::to_string(&candidates)?);
    Ok(())
}

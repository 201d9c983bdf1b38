//! How the files that a library knows change with a write.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::changes::{number_of, raise_if};
use super::database::SqlConnection;
use super::files::mark_values;
use super::row::BoxError;
use crate::domain::VideoId;
use crate::domain::catalogue::{FileNumber, KnownFile, RootId};
use crate::repository::file_change::FileStep;
use crate::repository::sql::{Sql, Value};

/// The columns of a file behind its number.
const COLUMNS: &str = "root, path, video, size, modified, changed, device, inode, fingerprint, \
                       probed, is_unreachable";

/// Carries out the steps of a transaction, and returns whether they have changed anything.
pub(in crate::repository) async fn store_steps(
    connection: &mut (impl SqlConnection + ?Sized),
    steps: &[FileStep],
) -> Result<bool, BoxError> {
    if steps.is_empty() {
        return Ok(false);
    }
    let net = NetSteps::of(steps);
    let mut changed = 0;
    // All rows that change are removed first: any of them may get the path or the video of another.
    let touched: Vec<i64> = net.rows.keys().map(|number| number.0).collect();
    if !touched.is_empty() {
        let mut sql = Sql::new("DELETE FROM files WHERE ");
        connection.dialect().push_in_numbers(&mut sql, "number", touched);
        changed += connection.execute(&sql).await?;
    }
    if !net.forgotten.is_empty() {
        let mut sql = Sql::new("DELETE FROM files WHERE ");
        let forgotten = net.forgotten.into_iter().collect();
        connection.dialect().push_in_ids(&mut sql, "video", forgotten);
        changed += connection.execute(&sql).await?;
    }
    if !net.unlinked.is_empty() {
        let mut sql = Sql::new("UPDATE files SET video = NULL WHERE ");
        let unlinked = net.unlinked.into_iter().collect();
        connection.dialect().push_in_ids(&mut sql, "video", unlinked);
        changed += connection.execute(&sql).await?;
    }
    let kept = net.rows.into_iter();
    let kept = kept.filter_map(|(number, file)| Some((Some(number), file?))).collect();
    let added = net.added.into_iter().map(|file| (None, file)).collect();
    for files in [kept, added] {
        changed += insert(connection, files).await?;
    }
    raise_if(changed > 0, connection).await?;
    Ok(changed > 0)
}

/// The net effect of steps.
#[derive(Default)]
struct NetSteps {
    /// The files that change, and what they become; none if they are removed.
    rows: BTreeMap<FileNumber, Option<KnownFile>>,
    added: Vec<KnownFile>,
    /// Videos that other files have no longer.
    unlinked: HashSet<VideoId>,
    /// Videos whose files are removed.
    forgotten: HashSet<VideoId>,
}

impl NetSteps {
    fn of(steps: &[FileStep]) -> Self {
        let mut net = Self::default();
        for step in steps {
            match step {
                FileStep::Add(file) => net.added.push(file.clone()),
                FileStep::Put(number, file) => drop(net.rows.insert(*number, Some(file.clone()))),
                FileStep::Remove(number) => drop(net.rows.insert(*number, None)),
                FileStep::Unlink(id) => net.unlink(*id),
                FileStep::Forget(id) => net.forget(*id),
            }
        }
        net
    }

    fn unlink(&mut self, id: VideoId) {
        let files = self.rows.values_mut().flatten().chain(&mut self.added);
        for file in files.filter(|file| file.video == Some(id)) {
            file.video = None;
        }
        self.unlinked.insert(id);
    }

    fn forget(&mut self, id: VideoId) {
        let rows = self.rows.values_mut();
        for row in rows.filter(|row| row.as_ref().is_some_and(|file| file.video == Some(id))) {
            *row = None;
        }
        self.added.retain(|file| file.video != Some(id));
        // A file that a step before has taken the video from stays.
        if !self.unlinked.contains(&id) {
            self.forgotten.insert(id);
        }
    }
}

/// Adds files, with the numbers that they have.
async fn insert(
    connection: &mut (impl SqlConnection + ?Sized),
    files: Vec<(Option<FileNumber>, KnownFile)>,
) -> Result<u64, BoxError> {
    let mut roots: HashMap<RootId, i64> = HashMap::new();
    for (_, file) in &files {
        if let Entry::Vacant(place) = roots.entry(file.root) {
            place.insert(number_of(file.root, connection).await?);
        }
    }
    let mut added = 0;
    for files in files.chunks(connection.dialect().rows_at_once()) {
        let is_numbered = files.iter().any(|(number, _)| number.is_some());
        let number = if is_numbered { "number, " } else { "" };
        let mut sql = Sql::new(format!("INSERT INTO files ({number}{COLUMNS}) VALUES "));
        for (index, (number, file)) in files.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            if let Some(FileNumber(number)) = number {
                sql.push_bind(*number).push(", ");
            }
            push_values(&mut sql, roots[&file.root], file)?;
            sql.push(")");
        }
        added += connection.execute(&sql).await?;
    }
    Ok(added)
}

fn push_values(sql: &mut Sql, root: i64, file: &KnownFile) -> Result<(), BoxError> {
    sql.push_bind(root).push(", ").push_bind(Value::Bytes(file.path.clone())).push(", ");
    sql.push_optional(file.video);
    for number in mark_values(&file.mark) {
        sql.push(", ").push_bind(number);
    }
    sql.push(", ").push_bind(file.fingerprint.to_string());
    sql.push(", ").push_bind(file.probed.to_json()?);
    sql.push(if file.is_unreachable { ", TRUE" } else { ", FALSE" });
    Ok(())
}

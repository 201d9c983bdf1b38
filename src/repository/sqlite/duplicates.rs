//! Reading videos with equal fingerprints.
//!
//! An index finds the fingerprints that several videos have, which are few in most libraries. Only the rows
//! of these videos are read then, in the order of the table: if they are many, that is one pass over it, and
//! not a jump for each of them. The program groups them.

use async_trait::async_trait;
use rusqlite::Row;

use super::columns::VideoColumn;
use super::matching::Matching;
use super::reader::{Reader, Reading};
use super::reads::Reads;
use super::rows::{BoxError, VIDEO, read_quantity, read_text, read_video};
use super::ways;
use crate::domain::file::Fingerprint;
use crate::domain::{
    Duplicate, DuplicateGroup, DuplicateGroups, DuplicatePlace, Inode, Page, PageRequest, Video,
    VideoFilter,
};
use crate::repository::sql::{Conditions, Sql};
use crate::repository::{DuplicateReader, RepositoryError};

/// Selects the fingerprints that several videos have.
pub(super) const REPEATED: &str = "SELECT fingerprint FROM videos WHERE fingerprint IS NOT NULL
    GROUP BY fingerprint HAVING count(*) > 1";

#[async_trait]
impl<R: Reads> DuplicateReader for R {
    async fn with_fingerprints(
        &self,
        fingerprints: &[Fingerprint],
        filter: &VideoFilter,
        limit: usize,
    ) -> Result<Vec<Vec<Video>>, RepositoryError> {
        let reading = with_fingerprints(fingerprints, filter, limit);
        self.readers().look_up("look up videos by their fingerprints", reading).await
    }

    async fn duplicates(
        &self,
        filter: &VideoFilter,
        page: &PageRequest<DuplicatePlace>,
    ) -> Result<Page<DuplicateGroup>, RepositoryError> {
        let (class, reading) = (ways::of_groups(filter), duplicates(filter, page));
        self.readers().read_by(class, "list duplicates", reading).await
    }

    async fn count_duplicates(&self, filter: &VideoFilter) -> Result<u64, RepositoryError> {
        let (class, reading) = (ways::of_groups(filter), count_duplicates(filter));
        self.readers().read_by(class, "count duplicates", reading).await
    }
}

fn with_fingerprints(
    fingerprints: &[Fingerprint],
    filter: &VideoFilter,
    limit: usize,
) -> impl Reading<Vec<Vec<Video>>> + use<> {
    let statement = |fingerprint: &Fingerprint| with_fingerprint(*fingerprint, filter, limit);
    let statements: Vec<Sql> = fingerprints.iter().map(statement).collect();
    move |reader: &Reader| {
        // What is looked up once is of one moment by itself.
        if statements.len() > 1 {
            reader.stay_at_this_moment()?;
        }
        statements.iter().map(|sql| reader.all(sql, |row| read_video(row, 0))).collect()
    }
}

/// The statement for the videos with a fingerprint.
pub(super) fn with_fingerprint(
    fingerprint: Fingerprint,
    filter: &VideoFilter,
    limit: usize,
) -> Sql {
    let mut sql = Sql::new(format!("SELECT {VIDEO} FROM videos WHERE fingerprint = "));
    sql.push_bind(fingerprint.to_string());
    Conditions::after_others(&mut sql).filter_by_name(filter);
    sql.push(" ORDER BY id LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    sql
}

fn duplicates(
    filter: &VideoFilter,
    page: &PageRequest<DuplicatePlace>,
) -> impl Reading<Page<DuplicateGroup>> + use<> {
    let (filter, page) = (filter.clone(), page.clone());
    move |reader: &Reader| {
        let mut groups = DuplicateGroups::new(&page);
        reader.for_each(&members(&Matching::of(reader, &filter)?), |row| {
            let (fingerprint, duplicate) = read_member(row)?;
            groups.add(fingerprint, duplicate);
            Ok(())
        })?;
        Ok(groups.into_page())
    }
}

fn read_member(row: &Row<'_>) -> Result<(Fingerprint, Duplicate), BoxError> {
    let fingerprint = read_text(row, 0)?.as_str().parse()?;
    let number =
        |column| Ok::<_, BoxError>(row.get::<_, Option<i64>>(column)?.map(i64::cast_unsigned));
    let inode = number(3)?.zip(number(4)?).map(|(device, number)| Inode { device, number });
    let duplicate = Duplicate { file_size: read_quantity(row, 1)?, is_missing: row.get(2)?, inode };
    Ok((fingerprint, duplicate))
}

/// The statement for the videos that may be in groups, with the numbers of their files, in the order of
/// their fingerprints.
pub(super) fn members(matching: &Matching) -> Sql {
    let mut sql = Sql::new(
        "SELECT member.fingerprint, member.file_size, member.missing_since IS NOT NULL,
            files.device, files.inode
        FROM (",
    );
    push_candidates(&mut sql, matching, "id, fingerprint, file_size, missing_since");
    sql.push(
        ") AS member LEFT JOIN files ON files.video = member.id
        ORDER BY member.fingerprint",
    );
    sql
}

/// Adds a statement that selects columns of the videos that match and have a fingerprint; of others only if
/// that takes less time than to leave out those that are the only ones with theirs.
fn push_candidates(sql: &mut Sql, matching: &Matching, columns: &str) {
    match matching {
        Matching::Table(filter) if !filter.is_by_name() => {
            // Without the limit, SQLite would leave out an order that does not matter to a join. The filter names
            // columns of the videos alone, so nothing else here may have one of their names.
            sql.push(format_args!(
                "WITH repeated (content) AS ({REPEATED}), placed (place) AS (
                    SELECT videos.position FROM repeated
                    CROSS JOIN videos ON videos.fingerprint = repeated.content
                    ORDER BY videos.position LIMIT -1
                )
                SELECT {columns} FROM placed
                CROSS JOIN videos ON videos.position = placed.place"
            ));
            Conditions::of(sql).filter_videos(filter);
        }
        few => {
            let mut conditions = few.select(sql, columns);
            conditions.and().push(VideoColumn::Fingerprint).push(" IS NOT NULL");
        }
    }
}

fn count_duplicates(filter: &VideoFilter) -> impl Reading<u64> + use<> {
    let filter = filter.clone();
    move |reader: &Reader| reader.number(&count(&Matching::of(reader, &filter)?))
}

/// The statement for the number of groups.
pub(super) fn count(matching: &Matching) -> Sql {
    let mut sql = Sql::new("SELECT count(*) FROM (");
    if matching.is_everything() {
        sql.push(REPEATED);
    } else {
        sql.push("SELECT 1 FROM (");
        push_candidates(&mut sql, matching, "fingerprint");
        sql.push(") GROUP BY fingerprint HAVING count(*) > 1");
    }
    sql.push(")");
    sql
}

//! The kinds of videos, with their sums, which every change updates.

use std::array;
use std::collections::HashMap;
use std::sync::LazyLock;

use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, params_from_iter};

use super::columns::{KindKey, KindSum};
use super::reader::{Reader, Statement};
use super::rows::{BoxError, read_id};
use super::values;
use crate::domain::{Text, Video};
use crate::repository::MAX_FAULTS;
use crate::repository::sql::{Columns, Sql, join};
use crate::repository::stage::Change;

/// The kinds that some changes affect, with their sums.
pub(super) struct Kinds<'a> {
    /// The known ones.
    numbers: HashMap<Key<'a>, i64>,
    is_any_empty: bool,
}

impl<'a> Kinds<'a> {
    /// Adds the net changes on a stage to the kinds. Kinds without videos stay while rows of videos
    /// may refer to them.
    pub(super) fn add(connection: &Connection, changes: &'a [Change]) -> Result<Self, BoxError> {
        let deltas = deltas(changes);
        let numbers = HashMap::with_capacity(deltas.len());
        let mut kinds = Self { numbers, is_any_empty: false };
        let mut find = Statement::prepare(connection, &FIND)?;
        let mut change = Statement::prepare(connection, &CHANGE)?;
        for (key, sums) in deltas {
            let known = find.first(params_from_iter(key.values()), |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?))
            })?;
            let number = if let Some((number, videos)) = known {
                change.execute(params_from_iter(sums.into_iter().chain([number])))?;
                kinds.is_any_empty |= videos + sums[KindSum::Videos as usize] == 0;
                number
            } else {
                insert(connection, key, sums)?
            };
            kinds.numbers.insert(key, number);
        }
        Ok(kinds)
    }

    /// The number of the kind that a video is of, on whichever side of these changes.
    pub(super) fn number_of(
        &self,
        connection: &Connection,
        video: &'a Video,
    ) -> Result<i64, BoxError> {
        let key = key_of(video);
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        let mut find = Statement::prepare(connection, &FIND)?;
        let number = find.first(params_from_iter(key.values()), |row| Ok(row.get(0)?))?;
        Ok(number.ok_or("a video is of no kind")?)
    }

    /// Removes the kinds without videos.
    pub(super) fn remove_empty(&self, connection: &Connection) -> Result<(), BoxError> {
        if self.is_any_empty {
            let sql = "DELETE FROM video_kinds WHERE videos = 0";
            Statement::prepare(connection, sql)?.execute(())?;
        }
        Ok(())
    }
}

/// The sums of changes, for each kind that they affect.
fn deltas(changes: &[Change]) -> HashMap<Key<'_>, Sums> {
    let mut deltas: HashMap<Key<'_>, Sums> = HashMap::with_capacity(2 * changes.len());
    for change in changes {
        let before = change.before.iter().map(|video| (video, -1));
        for (video, sign) in before.chain(change.after.iter().map(|video| (video, 1))) {
            let sums = deltas.entry(key_of(video)).or_default();
            for (sum, number) in sums.iter_mut().zip(numbers_of(video)) {
                *sum += sign * number;
            }
        }
    }
    deltas.retain(|_, numbers| *numbers != Sums::default());
    deltas
}

/// Whether two videos are of one kind.
pub(super) fn are_of_one_kind(one: &Video, other: &Video) -> bool {
    key_of(one) == key_of(other)
}

/// The key of a kind: both codecs, the size in pixels, and the frame rate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key<'a> {
    video_codec: &'a str,
    audio_codec: Option<&'a str>,
    /// The width and the height.
    pixels: [i32; 2],
    /// The numerator and the denominator.
    frame_rate: [i32; 2],
}

impl<'a> Key<'a> {
    /// What it has in the columns of [`KindKey`].
    fn values(self) -> impl Iterator<Item = ToSqlOutput<'a>> {
        KindKey::STORED.iter().map(move |column| match column {
            KindKey::VideoCodec => self.video_codec.into(),
            KindKey::AudioCodec => values::optional(self.audio_codec),
            KindKey::Width => self.pixels[0].into(),
            KindKey::Height => self.pixels[1].into(),
            KindKey::FrameRateNumerator => self.frame_rate[0].into(),
            KindKey::FrameRateDenominator => self.frame_rate[1].into(),
        })
    }
}

fn key_of(video: &Video) -> Key<'_> {
    let values = &video.values;
    Key {
        video_codec: values.video_codec.as_str(),
        audio_codec: values.audio_codec.as_ref().map(Text::as_str),
        pixels: [values.width.get(), values.height.get()],
        frame_rate: [values.frame_rate.numerator(), values.frame_rate.denominator()],
    }
}

/// Numbers for the columns of [`KindSum`].
type Sums = [i64; KindSum::READ];

/// What one video adds to its kind.
fn numbers_of(video: &Video) -> Sums {
    let (frames, size) = (video.values.duration_frames.get(), video.values.file_size.get());
    array::from_fn(|index| match KindSum::STORED[index] {
        KindSum::Videos => 1,
        KindSum::FramesHigh => frames >> 32,
        KindSum::FramesLow => frames & 0xFFFF_FFFF,
        KindSum::FileSizeHigh => size >> 32,
        KindSum::FileSizeLow => size & 0xFFFF_FFFF,
    })
}

/// Stores a new kind, and returns its number.
fn insert(connection: &Connection, key: Key<'_>, sums: Sums) -> Result<i64, BoxError> {
    let values = key.values().chain(sums.into_iter().map(Into::into));
    Statement::prepare(connection, &INSERT)?.execute(params_from_iter(values))?;
    Ok(connection.last_insert_rowid())
}

/// The statement that stores a new kind.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let names = [join(", ", KindKey::to_string), join(", ", KindSum::to_string)].join(", ");
    let places = ["?"; KindKey::READ + KindSum::READ].join(", ");
    format!("INSERT INTO video_kinds ({names}) VALUES ({places})")
});

/// The statement that adds to the sums of a kind.
///
/// An upsert that returns the kind would cost more than this and the preceding look-up: SQLite keeps a
/// separate journal for each statement with RETURNING.
static CHANGE: LazyLock<String> = LazyLock::new(|| {
    let sums = join(", ", |sum: &KindSum| format!("{sum} = {sum} + ?"));
    format!("UPDATE video_kinds SET {sums} WHERE kind = ?")
});

/// The statement for the number of a kind, and for how many videos are of it.
static FIND: LazyLock<String> = LazyLock::new(|| {
    let conditions = join(" AND ", |column| match column {
        KindKey::AudioCodec => format!("coalesce({column}, '') = coalesce(?, '')"),
        column => format!("{column} = ?"),
    });
    format!("SELECT kind, videos FROM video_kinds WHERE {conditions}")
});

/// What a statement reads of the videos of each kind, in the columns of [`KindSum`].
pub(super) static SUMS: LazyLock<String> = LazyLock::new(|| {
    join(", ", |sum| {
        let expression = match sum {
            KindSum::Videos => "count(*)",
            KindSum::FramesHigh => "sum(duration_frames >> 32)",
            KindSum::FramesLow => "sum(duration_frames & 4294967295)",
            KindSum::FileSizeHigh => "sum(file_size >> 32)",
            KindSum::FileSizeLow => "sum(file_size & 4294967295)",
        };
        format!("{expression} AS {sum}")
    })
});

/// The videos that refer to the wrong kind, and the kinds whose sums do not match their videos.
pub(super) fn faults(reader: &Reader) -> Result<Vec<String>, BoxError> {
    let differs = join(" OR ", |key: &KindKey| format!("its.{key} IS NOT videos.{key}"));
    let strangers = format!(
        "SELECT videos.id
        FROM videos NOT INDEXED
        LEFT JOIN video_kinds AS its ON its.kind = videos.kind
        WHERE {differs}
        LIMIT {MAX_FAULTS}"
    );
    let mut faults = reader.all(&Sql::new(strangers), |row| {
        Ok(format!("video {}: it refers to the wrong kind", read_id(row, 0)?))
    })?;

    let stored = format!("SELECT kind, {} FROM video_kinds", KindSum::SELECTED);
    let sums = format!(
        "WITH summed AS (SELECT kind, {} FROM videos NOT INDEXED GROUP BY kind)
        SELECT kind FROM ({stored} EXCEPT SELECT * FROM summed)
        UNION
        SELECT kind FROM (SELECT * FROM summed EXCEPT {stored})
        LIMIT {MAX_FAULTS}",
        *SUMS
    );
    faults.extend(reader.all(&Sql::new(sums), |row| {
        let kind: i64 = row.get(0)?;
        Ok(format!("the statistics of kind {kind} do not match its videos"))
    })?);
    Ok(faults)
}

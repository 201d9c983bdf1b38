//! The kinds of videos, with their sums, which every change updates.

use std::collections::HashMap;

use sqlx::postgres::PgConnection;

use super::columns::{KindKey, KindSum};
use super::connection::execute;
use super::failure::BoxError;
use crate::domain::stats::VideoKind;
use crate::domain::{Text, Video};
use crate::repository::sql::{Columns, Sql, Value, join};
use crate::repository::stage::Change;

/// What changes add to the sums of a kind.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Delta {
    videos: i64,
    frames: i128,
    file_size: i128,
}

/// The kinds that some changes affect.
type Deltas = Vec<(VideoKind, Delta)>;

/// Adds the net changes on a stage to the kinds.
pub(super) async fn add(connection: &mut PgConnection, changes: &[Change]) -> Result<(), BoxError> {
    let deltas = deltas(changes);
    if deltas.is_empty() {
        return Ok(());
    }
    execute(connection, &addition_of(&deltas)).await?;
    if deltas.iter().any(|(_, delta)| delta.videos < 0) {
        execute(connection, &removal_of_empty(&deltas)).await?;
    }
    Ok(())
}

/// The sums of changes, for each kind that they affect.
fn deltas(changes: &[Change]) -> Deltas {
    let mut deltas: HashMap<VideoKind, Delta> = HashMap::with_capacity(2 * changes.len());
    for change in changes {
        let before = change.before.iter().map(|video| (video, -1));
        for (video, sign) in before.chain(change.after.iter().map(|video| (video, 1))) {
            let delta = deltas.entry(VideoKind::of(video)).or_default();
            delta.add(video, sign);
        }
    }
    deltas.into_iter().filter(|(_, delta)| *delta != Delta::default()).collect()
}

impl Delta {
    fn add(&mut self, video: &Video, sign: i64) {
        self.videos += sign;
        self.frames += i128::from(sign * video.values.duration_frames.get());
        self.file_size += i128::from(sign * video.values.file_size.get());
    }

    fn get(self, sum: KindSum) -> i128 {
        match sum {
            KindSum::Videos => self.videos.into(),
            KindSum::Frames => self.frames,
            KindSum::FileSize => self.file_size,
        }
    }
}

/// The statement that adds to kinds, and stores those that are new.
fn addition_of(deltas: &Deltas) -> Sql {
    let mut sql = Sql::new("WITH ");
    push_new(&mut sql, deltas);
    let sums = join(", ", |sum: &KindSum| format!("{sum} = video_kinds.{sum} + new.{sum}"));
    sql.push(format_args!(
        ", changed AS (UPDATE video_kinds SET {sums} FROM new WHERE {IS_THE_SAME})"
    ));
    let names = [join(", ", KindKey::to_string), join(", ", KindSum::to_string)].join(", ");
    let keys = join(", ", |key| match key {
        KindKey::AudioCodec => format!("nullif({key}, '')"),
        key => key.to_string(),
    });
    let sums = join(", ", KindSum::to_string);
    sql.push(format_args!(
        " INSERT INTO video_kinds ({names}) SELECT {keys}, {sums} FROM new
        WHERE NOT EXISTS (SELECT FROM video_kinds WHERE {IS_THE_SAME})"
    ));
    sql
}

/// The statement that removes those of some kinds that have no videos.
fn removal_of_empty(deltas: &Deltas) -> Sql {
    let mut sql = Sql::new("WITH ");
    push_new(&mut sql, deltas);
    sql.push(format_args!(
        " DELETE FROM video_kinds USING new WHERE {IS_THE_SAME} AND video_kinds.videos = 0"
    ));
    sql
}

/// Adds a table `new` of the kinds with what is added to them. No codec is empty: that stands for none.
fn push_new(sql: &mut Sql, deltas: &Deltas) {
    let names = [join(", ", KindKey::to_string), join(", ", KindSum::to_string)].join(", ");
    sql.push(format_args!("new ({names}) AS MATERIALIZED (SELECT * FROM unnest("));
    for key in KindKey::STORED {
        sql.push_bind(keys_of(deltas, *key)).push(", ");
    }
    for (index, sum) in KindSum::STORED.iter().enumerate() {
        let numbers = deltas.iter().map(|(_, delta)| delta.get(*sum).to_string()).collect();
        sql.push(if index == 0 { "" } else { ", " });
        sql.push_bind(Value::Texts(numbers)).push("::numeric[]");
    }
    sql.push("))");
}

fn keys_of(deltas: &Deltas, key: KindKey) -> Value {
    let texts = |of: fn(&VideoKind) -> &str| {
        Value::Texts(deltas.iter().map(|(kind, _)| of(kind).to_owned()).collect())
    };
    let numbers = |of: fn(&VideoKind) -> i32| {
        Value::Integers(deltas.iter().map(|(kind, _)| of(kind).into()).collect())
    };
    match key {
        KindKey::VideoCodec => texts(|kind| kind.video_codec.as_str()),
        KindKey::AudioCodec => texts(|kind| kind.audio_codec.as_ref().map_or("", Text::as_str)),
        KindKey::Width => numbers(|kind| kind.width.get()),
        KindKey::Height => numbers(|kind| kind.height.get()),
        KindKey::FrameRateNumerator => numbers(|kind| kind.frame_rate.numerator()),
        KindKey::FrameRateDenominator => numbers(|kind| kind.frame_rate.denominator()),
    }
}

/// The condition that a row of `video_kinds` and one of `new` are of one kind. The index has the hashes of
/// codecs, which can be too long for it themselves.
const IS_THE_SAME: &str = "
    video_kinds.width = new.width AND video_kinds.height = new.height
    AND video_kinds.frame_rate_numerator = new.frame_rate_numerator
    AND video_kinds.frame_rate_denominator = new.frame_rate_denominator
    AND hashtextextended(video_kinds.video_codec, 0) = hashtextextended(new.video_codec, 0)
    AND hashtextextended(coalesce(video_kinds.audio_codec, ''), 0)
        = hashtextextended(new.audio_codec, 0)
    AND video_kinds.video_codec = new.video_codec
    AND coalesce(video_kinds.audio_codec, '') = new.audio_codec";

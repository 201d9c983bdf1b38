//! Position numbers, which rise like the videos' (`created_at`, ID), so that anything that
//! identifies a video by its position can walk the videos from the newest to the oldest.
//!
//! They follow the clock, with [`ROOM`] of them per millisecond. Many videos at the same time
//! spread over the free positions nearby. If there are none, the videos nearby move apart. Finer
//! positions would move fewer, but the index stores the distances between videos, and larger ones
//! take more space.

use std::collections::HashMap;

use rusqlite::Connection;

use super::reader::Statement;
use super::rows::{BoxError, VIDEO, read_video};
use super::search_index;
use crate::domain::{Timestamp, Video, VideoId};

/// The distance between videos if there is enough space.
const ROOM: i64 = 8;

/// The duration of a position.
const MICROS: i64 = 1000 / ROOM;

/// The positions of new videos, which are not in the library yet. Others may move to make space for
/// them.
pub(super) fn assign(
    connection: &Connection,
    new: &[&Video],
) -> Result<HashMap<VideoId, i64>, BoxError> {
    let mut keys: Vec<Key> = new.iter().map(|video| Key::of(video)).collect();
    keys.sort_unstable();
    loop {
        let gaps = gaps(connection, &keys)?;
        let placed: Option<Vec<Vec<i64>>> = gaps.iter().map(Gap::place).collect();
        if let Some(placed) = placed {
            return Ok(keys.iter().map(|key| key.id).zip(placed.concat()).collect());
        }
        let mut moved_up_to = i64::MIN;
        for gap in gaps.iter().filter(|gap| gap.place().is_none()) {
            // A gap that moved is not where it was read any more: the next round takes care of it.
            if gap.after >= moved_up_to {
                moved_up_to = widen(connection, gap)?;
            }
        }
    }
}

/// The values that determine the order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    created_at: Timestamp,
    id: VideoId,
}

impl Key {
    fn of(video: &Video) -> Self {
        Self { created_at: video.created_at, id: video.id }
    }

    /// The position of its time.
    fn ideal(self) -> i64 {
        self.created_at.as_micros().div_euclid(MICROS)
    }
}

/// Two neighbours in the library, and the new videos between them.
#[derive(Debug, PartialEq, Eq)]
struct Gap {
    /// The position of the preceding video; the minimum if there is none.
    after: i64,
    /// The position of the following video; the maximum if there is none.
    before: i64,
    /// The positions that the new videos would have if they were alone, in order.
    ideals: Vec<i64>,
}

impl Gap {
    /// The positions of the new videos, if there is space: at their times or closely after, else
    /// closely before, else evenly spread.
    fn place(&self) -> Option<Vec<i64>> {
        self.forward().or_else(|| self.backward()).or_else(|| self.spread())
    }

    fn forward(&self) -> Option<Vec<i64>> {
        let behind = |last: &mut i64, ideal: &i64| {
            *last = last.checked_add(ROOM)?.max(*ideal);
            Some(*last)
        };
        let places: Vec<i64> = self.ideals.iter().scan(self.after, behind).collect();
        let fits = places.len() == self.ideals.len()
            && places.last().is_none_or(|last| self.before.saturating_sub(*last) >= ROOM);
        fits.then_some(places)
    }

    fn backward(&self) -> Option<Vec<i64>> {
        let ahead = |next: &mut i64, ideal: &i64| {
            *next = next.checked_sub(ROOM)?.min(*ideal);
            Some(*next)
        };
        let mut places: Vec<i64> = self.ideals.iter().rev().scan(self.before, ahead).collect();
        places.reverse();
        let fits = places.len() == self.ideals.len()
            && places.first().is_none_or(|first| first.saturating_sub(self.after) >= ROOM);
        fits.then_some(places)
    }

    fn spread(&self) -> Option<Vec<i64>> {
        spread(self.after, self.before, self.ideals.len())
    }
}

/// This many positions between two others, far apart; none if there are not enough.
fn spread(after: i64, before: i64, count: usize) -> Option<Vec<i64>> {
    let steps = i128::try_from(count).ok()? + 1;
    let width = i128::from(before) - i128::from(after);
    let place = |step: i128| i64::try_from(i128::from(after) + width * step / steps).ok();
    if width < steps { None } else { (1..steps).map(place).collect() }
}

/// The gaps for keys in ascending order, grouped by neighbours.
fn gaps(connection: &Connection, keys: &[Key]) -> Result<Vec<Gap>, BoxError> {
    let mut neighbours = Statement::prepare(
        connection,
        "SELECT
            (SELECT position FROM videos
            WHERE (created_at, id) < (?1, ?2)
            ORDER BY created_at DESC, id DESC
            LIMIT 1),
            (SELECT position FROM videos
            WHERE (created_at, id) > (?1, ?2)
            ORDER BY created_at, id
            LIMIT 1)",
    )?;
    let mut gaps: Vec<Gap> = Vec::new();
    for key in keys {
        let place = (key.created_at.as_micros(), key.id.as_bytes());
        let found = neighbours.first(place, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (after, before): (Option<i64>, Option<i64>) = found.unwrap_or_default();
        let (after, before) = (after.unwrap_or(i64::MIN), before.unwrap_or(i64::MAX));
        match gaps.last_mut().filter(|gap| gap.after == after) {
            Some(gap) => gap.ideals.push(key.ideal()),
            None => gaps.push(Gap { after, before, ideals: vec![key.ideal()] }),
        }
    }
    Ok(gaps)
}

/// Moves the videos around a gap apart, so that its new ones fit. Those at the returned position
/// and beyond stay.
fn widen(connection: &Connection, gap: &Gap) -> Result<i64, BoxError> {
    let (from, to) = sparse_window(connection, gap)?;
    let sql = format!(
        "SELECT position, {VIDEO}
        FROM videos
        WHERE position > ? AND position < ?
        ORDER BY position"
    );
    let (mut old, mut texts): (Vec<i64>, Vec<String>) = Default::default();
    Statement::prepare(connection, &sql)?.for_each((from, to), |row| {
        old.push(row.get(0)?);
        texts.push(search_index::text_of(&read_video(row, 1)?.values));
        Ok(())
    })?;
    let places = spread(from, to, old.len() + gap.ideals.len()).ok_or("no position is free")?;
    // The new videos get the places that are left out here.
    let ahead = old.partition_point(|position| *position <= gap.after);
    let new = [&places[..ahead], &places[ahead + gap.ideals.len()..]].concat();
    search_index::remove(connection, &old)?;
    // Two steps, so that no video takes a position that another still has.
    let aside: Vec<i64> = (i64::MIN..).take(old.len()).collect();
    move_videos(connection, &old, &aside)?;
    move_videos(connection, &aside, &new)?;
    search_index::store(connection, new.into_iter().zip(texts).collect())?;
    count_moves(connection)?;
    Ok(to)
}

/// Counts in the header of the file that videos have moved, for those who know positions from before.
fn count_moves(connection: &Connection) -> Result<(), BoxError> {
    let moves: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    connection.pragma_update(None, "user_version", moves.wrapping_add(1))?;
    Ok(())
}

/// The positions of a window with enough free space for later videos: as many as the square of the
/// videos in it. The square makes the free share grow with the window, so that a cluster does not
/// fill the same window repeatedly.
fn sparse_window(connection: &Connection, gap: &Gap) -> Result<(i64, i64), BoxError> {
    let sql = "SELECT count(*) FROM videos WHERE position > ? AND position < ?";
    let mut count = Statement::prepare(connection, sql)?;
    let mut reach = ROOM;
    loop {
        // The least positions of all are where videos wait that move.
        let from = gap.after.saturating_sub(reach).max(i64::MIN / 2);
        let to = gap.after.saturating_add(reach);
        let there = count.first((from, to), |row| Ok(row.get(0)?))?.unwrap_or(0_i64);
        let videos = i128::from(there) + i128::try_from(gap.ideals.len())?;
        let is_whole = reach == i64::MAX;
        if videos * videos <= i128::from(to) - i128::from(from) || is_whole {
            return Ok((from, to));
        }
        reach = reach.saturating_mul(2);
    }
}

fn move_videos(connection: &Connection, old: &[i64], new: &[i64]) -> Result<(), BoxError> {
    let sql = "UPDATE videos SET position = ?2 WHERE position = ?1";
    let mut move_one = Statement::prepare(connection, sql)?;
    old.iter().zip(new).try_for_each(|places| move_one.execute(places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn places(after: i64, before: i64, ideals: &[i64], places: Option<&[i64]>) {
        let gap = Gap { after, before, ideals: ideals.to_vec() };
        assert_eq!(gap.place().as_deref(), places, "{gap:?}");
    }

    #[test]
    fn each_millisecond_has_positions_of_its_own() {
        let ideal = |micros| {
            let created_at = Timestamp::from_micros(micros).unwrap();
            Key { created_at, id: VideoId::from_bytes([0; 16]) }.ideal()
        };
        let times = [-2000, -1001, -1000, -1, 0, 999, 1000, 1001, 2000];
        assert_eq!(times.map(ideal), [-16, -9, -8, -1, 0, 7, 8, 8, 16]);
        let ends = [Timestamp::MIN, Timestamp::MAX].map(|time| ideal(time.as_micros()));
        places(i64::MIN, i64::MAX, &ends, Some(&ends));
    }

    #[test]
    fn videos_stand_at_their_times_where_there_is_room() {
        places(0, 1000, &[100, 200], Some(&[100, 200]));
        places(100, 1000, &[100, 100], Some(&[108, 116]));
        places(0, 100, &[100, 100], Some(&[84, 92]));
        places(100, 110, &[100], Some(&[105]));
        places(100, 103, &[100, 100], Some(&[101, 102]));
        places(100, 102, &[100, 100], None);
        places(i64::MIN, 100, &[100], Some(&[92]));
        places(100, i64::MAX, &[100], Some(&[108]));
        places(i64::MAX - 3, i64::MAX, &[7], Some(&[i64::MAX - 2]));
    }
}

//! The numbers of rows in an order of all videos: which row has a number, and which number a row has.
//!
//! SQLite counts rows by walking along an index, which for half of a large library takes as long as many
//! pages. So a walk from the start leaves [landmarks](super::landmarks), from which all others start. After
//! a change, they are moved as the [log](super::moves) says.

use std::sync::Arc;

use rusqlite::Row;

use super::columns::VideoColumn;
use super::entries;
use super::keyset::Walk;
use super::landmarks::{Known, Landmark, STEP};
use super::moves;
use super::reader::Reader;
use super::rows::{BoxError, read_id};
use crate::domain::{
    NaturalName, OrderField, OrderKey, SortPosition, SortValue, VideoFilter, VideoOrder,
};
use crate::repository::sql::{Conditions, Key, Sql, keys_of};

/// The number of rows between two landmarks from which on there is another one between them.
const WIDE: u64 = 2 * STEP;

/// The numbers of rows in an order by one key, in one state of the library. The first row has number 1.
pub(super) struct Numbering<'r> {
    reader: &'r Reader,
    key: OrderKey,
    order: VideoOrder,
    columns: Vec<Key<VideoColumn>>,
    known: Arc<Known>,
    is_new: bool,
}

impl<'r> Numbering<'r> {
    /// The key of an order of all videos that an index follows; none if it is another list.
    pub(super) fn key_of(filter: &VideoFilter, order: &VideoOrder) -> Option<OrderKey> {
        match order.keys() {
            [only] if filter.is_everything() => Some(*only),
            _ => None,
        }
    }

    /// The numbers in what the reader sees, which from now on stays the same.
    pub(super) fn of(reader: &'r Reader, key: OrderKey) -> Result<Self, BoxError> {
        reader.stay_at_this_moment()?;
        let order = VideoOrder::by(vec![key]);
        let columns = keys_of(&order);
        let state = entries::newest()(reader)?;
        let last = reader.landmarks().of(key, state);
        let is_new = last.as_ref().is_none_or(|last| last.state != state);
        let known = match last {
            Some(last) if !is_new => last,
            last => {
                let moved = last.and_then(|last| {
                    // Without its log, the order is walked again.
                    let moves = moves::between(reader, key, [last.state, state]).ok()??;
                    last.after(&moves, state, &order)
                });
                Arc::new(moved.unwrap_or_else(|| Known::nothing(state)))
            }
        };
        Ok(Self { reader, key, order, columns, known, is_new })
    }

    /// The position of the row with this number, or of the last row, if there are fewer; none before the
    /// first one. The row may have moved from there, so that it is only good for what follows it.
    pub(super) fn row(&mut self, number: u64) -> Result<Option<SortPosition>, BoxError> {
        loop {
            let next = self.known.landmarks.partition_point(|it| it.rows < number);
            let rest = number - self.known.rows_before(next);
            let is_behind_all = next == self.known.landmarks.len();
            if rest == 0 {
                return Ok(None);
            }
            if let Some(landmark) = self.known.landmarks.get(next)
                && landmark.rows == number
            {
                return Ok(Some(landmark.place.clone()));
            }
            if rest < STEP || !is_behind_all && rest <= WIDE {
                let place = self.row_after(self.landmark_before(next), rest)?;
                return place.map_or_else(|| self.last_row(), |place| Ok(Some(place)));
            }
            if is_behind_all && self.known.is_all {
                return self.last_row();
            }
            self.add(next)?;
        }
    }

    /// The number of rows up to a position, the row at the position included or not.
    pub(super) fn rows_up_to(
        &mut self,
        place: &SortPosition,
        is_included: bool,
    ) -> Result<u64, BoxError> {
        let order = self.order.clone();
        let is_before = |landmark: &Landmark| {
            let ordering = order.compare(&landmark.place, place);
            ordering.is_lt() || is_included && ordering.is_eq()
        };
        let next = loop {
            let next = self.known.landmarks.partition_point(is_before);
            let is_close = match self.known.landmarks.get(next) {
                Some(landmark) => landmark.rows - self.known.rows_before(next) <= WIDE,
                None => self.known.is_all,
            };
            if is_close {
                break next;
            }
            self.add(next)?;
        };
        let mut sql = Sql::new("SELECT count(*) FROM videos");
        let mut conditions = Conditions::of(&mut sql);
        self.walk(self.landmark_before(next), 0).push_beyond(&mut conditions);
        let against = self.columns.iter().map(|(column, way)| (*column, way.reversed())).collect();
        let upper =
            Walk { near_side: is_included, keys: against, place: Some(place), limit: 1, offset: 0 };
        upper.push_beyond(&mut conditions);
        Ok(self.known.rows_before(next) + self.reader.number(&sql)?)
    }

    /// The place of the landmark before the one with this index; none before the first one.
    fn landmark_before(&self, index: usize) -> Option<&SortPosition> {
        index.checked_sub(1).map(|last| &self.known.landmarks[last].place)
    }

    /// Adds a landmark before the one with this index, or finds that no other follows.
    fn add(&mut self, index: usize) -> Result<(), BoxError> {
        let place = self.row_after(self.landmark_before(index), STEP)?;
        let rows = self.known.rows_before(index) + STEP;
        let known = Arc::make_mut(&mut self.known);
        match place {
            Some(place) => known.landmarks.insert(index, Landmark { place, rows }),
            None => {
                known.landmarks.truncate(index);
                known.is_all = true;
            }
        }
        self.is_new = true;
        Ok(())
    }

    /// The position of the row that is so many after a landmark, or after the beginning.
    fn row_after(
        &self,
        landmark: Option<&SortPosition>,
        rows: u64,
    ) -> Result<Option<SortPosition>, BoxError> {
        self.first_of(&self.walk(landmark, i64::try_from(rows - 1)?))
    }

    fn last_row(&self) -> Result<Option<SortPosition>, BoxError> {
        let against = self.columns.iter().map(|(column, way)| (*column, way.reversed())).collect();
        let walk = Walk { near_side: false, keys: against, place: None, limit: 1, offset: 0 };
        self.first_of(&walk)
    }

    fn walk<'p>(&self, place: Option<&'p SortPosition>, offset: i64) -> Walk<'p> {
        Walk { near_side: false, keys: self.columns.clone(), place, limit: 1, offset }
    }

    fn first_of(&self, walk: &Walk<'_>) -> Result<Option<SortPosition>, BoxError> {
        Ok(self.reader.all(&positions(walk), |row| self.read_place(row))?.pop())
    }

    fn read_place(&self, row: &Row<'_>) -> Result<SortPosition, BoxError> {
        let value = match self.key.field {
            OrderField::CreatedAt | OrderField::UpdatedAt | OrderField::FileSize => {
                SortValue::Integer(row.get(0)?)
            }
            OrderField::Filename
            | OrderField::Path
            | OrderField::VideoCodec
            | OrderField::AudioCodec => SortValue::Text(row.get(0)?),
            OrderField::Duration | OrderField::FrameRate => SortValue::Real(row.get(0)?),
            OrderField::FilenameNatural => {
                SortValue::Natural(NaturalName::of(row.get_ref(1)?.as_str()?))
            }
            OrderField::Resolution => {
                SortValue::Resolution { pixels: row.get(0)?, width: row.get(1)? }
            }
        };
        let id = read_id(row, self.columns.len() - 1)?;
        Ok(SortPosition { keys: vec![value], id })
    }
}

/// The statement for the positions of the rows on a walk: what its keys compare.
pub(super) fn positions(walk: &Walk<'_>) -> Sql {
    let names: Vec<String> = walk.keys.iter().map(|(column, _)| column.to_string()).collect();
    let mut sql = Sql::new(format!("SELECT {} FROM videos", names.join(", ")));
    walk.push_beyond(&mut Conditions::of(&mut sql));
    walk.push_order(&mut sql);
    walk.push_limit(&mut sql);
    sql
}

/// What was found is for others as well, even if the reader was stopped before the end.
impl Drop for Numbering<'_> {
    fn drop(&mut self) {
        if self.is_new {
            self.reader.landmarks().keep(self.key, Arc::clone(&self.known));
        }
    }
}

//! The numbers of rows in an order of all videos: which row has a number, and which number a row has.
//!
//! SQLite counts rows by walking along an index, which for half of a large library takes as long as many
//! pages. So a walk from the start is made once for each state of the library, and leaves
//! [landmarks](super::landmarks), from which all others start.

use std::sync::Arc;

use rusqlite::Row;

use super::columns::VideoColumn;
use super::entries;
use super::filter::Conditions;
use super::keyset::{Walk, columns_of};
use super::landmarks::{Known, STEP};
use super::reader::Reader;
use super::rows::{BoxError, read_id};
use super::sql::Sql;
use super::walk::Key;
use crate::domain::{
    NaturalName, OrderField, OrderKey, SortPosition, SortValue, VideoFilter, VideoOrder,
};

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
        let columns = columns_of(&order);
        let known = reader.landmarks().of(key, entries::newest()(reader)?);
        Ok(Self { reader, key, order, columns, known, is_new: false })
    }

    /// The position of the row with this number, or of the last row, if there are fewer; none before the
    /// first one.
    pub(super) fn row(&mut self, number: u64) -> Result<Option<SortPosition>, BoxError> {
        while !self.known.is_all && self.last_number() + STEP <= number {
            self.extend()?;
        }
        let (landmarks, rest) = (number / STEP, number % STEP);
        let landmarks = usize::try_from(landmarks)?.min(self.known.places.len());
        let rest = if landmarks as u64 * STEP + rest == number { rest } else { STEP };
        let landmark = landmarks.checked_sub(1).map(|index| &self.known.places[index]);
        match (rest, landmark) {
            (0, landmark) => Ok(landmark.cloned()),
            (rest, landmark) => match self.row_after(landmark, rest)? {
                Some(place) => Ok(Some(place)),
                None => self.last_row(),
            },
        }
    }

    /// The number of rows up to a position, the row at the position included or not.
    pub(super) fn rows_up_to(
        &mut self,
        place: &SortPosition,
        is_included: bool,
    ) -> Result<u64, BoxError> {
        let order = self.order.clone();
        let is_before = |landmark: &SortPosition| {
            let ordering = order.compare(landmark, place);
            ordering.is_lt() || is_included && ordering.is_eq()
        };
        while !self.known.is_all && self.known.places.last().is_none_or(is_before) {
            self.extend()?;
        }
        let landmarks = self.known.places.partition_point(is_before);
        let landmark = landmarks.checked_sub(1).map(|index| &self.known.places[index]);
        let mut sql = Sql::new("SELECT count(*) FROM videos");
        let mut conditions = Conditions::of(&mut sql);
        self.walk(landmark, 0).push_beyond(&mut conditions);
        let against = self.columns.iter().map(|(column, way)| (*column, way.reversed())).collect();
        let upper =
            Walk { near_side: is_included, keys: against, place: Some(place), limit: 1, offset: 0 };
        upper.push_beyond(&mut conditions);
        Ok(landmarks as u64 * STEP + self.reader.number(&sql)?)
    }

    /// The number of the last landmark.
    fn last_number(&self) -> u64 {
        self.known.places.len() as u64 * STEP
    }

    /// Finds the next landmark, or that there is none.
    fn extend(&mut self) -> Result<(), BoxError> {
        let next = self.row_after(self.known.places.last(), STEP)?;
        let known = Arc::make_mut(&mut self.known);
        match next {
            Some(place) => known.places.push(place),
            None => known.is_all = true,
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

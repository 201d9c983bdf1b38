//! Positions in orders of videos, as values.

use super::value::Value;
use super::walk::Place;
use crate::domain::{SortPosition, SortValue};

impl Place for SortPosition {
    /// Those of the keys of its order, and then its ID.
    fn values(&self) -> Vec<Value> {
        let keys = self.keys.iter().flat_map(values_of).flatten();
        keys.chain([self.id.into()]).collect()
    }
}

/// The values of a position for the columns of a key.
fn values_of(value: &SortValue) -> [Option<Value>; 2] {
    match value {
        SortValue::Integer(number) => [Some((*number).into()), None],
        SortValue::Real(number) => [Some(comparable(*number).into()), None],
        SortValue::Text(text) => [Some(text.clone().into()), None],
        SortValue::Natural(name) => {
            [Some(name.key().to_owned().into()), Some(name.filename().to_owned().into())]
        }
        SortValue::Resolution { pixels, width } => [Some((*pixels).into()), Some((*width).into())],
    }
}

/// A number that compares with every duration and frame rate as `number` does in the total order of
/// doubles.
///
/// SQLite treats NaN as NULL, and databases treat −0 as 0, but what is stored is finite and at least +0.
fn comparable(number: f64) -> f64 {
    if number.is_sign_negative() {
        -1.0
    } else if number.is_nan() {
        f64::INFINITY
    } else {
        number
    }
}

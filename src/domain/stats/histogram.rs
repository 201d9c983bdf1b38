//! Videos by ranges of a number.

use super::sums::Sums;
use crate::domain::scalars::{Invalid, Quantity};

/// A number that can be a bound: bytes or seconds.
pub trait Bound: Copy + PartialOrd + std::fmt::Debug + Send + Sync + 'static {
    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

impl Bound for i64 {
    fn is_finite(self) -> bool {
        true
    }
}

impl Bound for f64 {
    fn is_finite(self) -> bool {
        Self::is_finite(self)
    }
}

/// Bounds of ranges, each greater than the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds<T>(Vec<T>);

impl<T: Bound> Bounds<T> {
    /// The maximum number of bounds.
    pub const MAX: usize = 50;

    /// # Errors
    /// When there are too many, one is not greater than the one before, or one is no finite number.
    pub fn new(bounds: Vec<T>) -> Result<Self, Invalid> {
        if bounds.len() > Self::MAX {
            return Err(Invalid::new(format!(
                "can have at most {} items, not {}",
                Self::MAX,
                bounds.len()
            )));
        }
        if let Some(bound) = bounds.iter().find(|bound| !bound.is_finite()) {
            return Err(Invalid::new(format!("must be finite numbers, not {bound:?}")));
        }
        match bounds.windows(2).find(|pair| pair[0] >= pair[1]) {
            Some(pair) => Err(Invalid::new(format!(
                "must rise: {:?} is not greater than {:?}",
                pair[1], pair[0]
            ))),
            None => Ok(Self(bounds)),
        }
    }

    /// They themselves, in rising order.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }
}

/// The videos of one range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket<T> {
    /// The smallest number in the range; none if there is none.
    pub lower: Option<T>,
    /// The number that ends the range and is not in it; none if nothing ends it.
    pub upper: Option<T>,
    /// The sums over its videos.
    pub sums: Sums,
}

/// Adds up videos by ranges.
#[derive(Debug)]
pub struct Histogram<T> {
    bounds: Bounds<T>,
    sums: Vec<Sums>,
}

impl<T: Bound> Histogram<T> {
    /// That of no videos.
    pub fn new(bounds: Bounds<T>) -> Self {
        let sums = vec![Sums::default(); bounds.0.len() + 1];
        Self { bounds, sums }
    }

    /// Counts a video with this number and this size.
    pub fn add(&mut self, number: T, file_size: Quantity) {
        let range = self.bounds.0.partition_point(|bound| *bound <= number);
        self.sums[range].add(file_size);
    }

    /// Counts videos that have at least as many of the bounds as this, and no more, by their sums.
    pub fn add_range(&mut self, bounds: usize, sums: Sums) {
        self.sums[bounds].add_all(sums);
    }

    /// All ranges, in their order: one more than there are bounds.
    pub fn into_buckets(self) -> Vec<Bucket<T>> {
        let bounds = self.bounds.0.iter().copied().map(Some);
        let lower = [None].into_iter().chain(bounds.clone());
        let ranges = lower.zip(bounds.chain([None]));
        let buckets = ranges.zip(self.sums);
        buckets.map(|((lower, upper), sums)| Bucket { lower, upper, sums }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused<T: Bound>(bounds: Vec<T>, message: &str) {
        assert_eq!(Bounds::new(bounds).unwrap_err().to_string(), message);
    }

    #[test]
    fn bounds_are_finite_and_rise() {
        assert!(Bounds::new((0..50).collect()).is_ok());
        assert!(Bounds::<f64>::new(vec![]).is_ok());
        assert!(Bounds::new(vec![f64::MIN, -0.0, f64::MIN_POSITIVE, f64::MAX]).is_ok());
        refused((0..51).collect::<Vec<i64>>(), "can have at most 50 items, not 51");
        refused(vec![1, 5, 5], "must rise: 5 is not greater than 5");
        refused(vec![1, 5, 4, 3], "must rise: 4 is not greater than 5");
        refused(vec![-0.0, 0.0], "must rise: 0.0 is not greater than -0.0");
        refused(vec![f64::NAN], "must be finite numbers, not NaN");
        refused(vec![1.0, f64::INFINITY], "must be finite numbers, not inf");
        refused(vec![f64::NEG_INFINITY, 1.0], "must be finite numbers, not -inf");
    }

    #[test]
    fn a_number_that_is_a_bound_begins_a_range() {
        let mut histogram = Histogram::new(Bounds::new(vec![0, 10]).unwrap());
        for (number, size) in [(-1, 1), (0, 2), (9, 4), (10, 8), (i64::MAX, 16)] {
            histogram.add(number, Quantity::new(size).unwrap());
        }
        let sums = |count, file_size| Sums { count, file_size };
        let expected = [
            Bucket { lower: None, upper: Some(0), sums: sums(1, 1) },
            Bucket { lower: Some(0), upper: Some(10), sums: sums(2, 6) },
            Bucket { lower: Some(10), upper: None, sums: sums(2, 24) },
        ];
        assert_eq!(histogram.into_buckets(), expected);
    }

    #[test]
    fn without_bounds_there_is_one_range() {
        let histogram = Histogram::new(Bounds::<f64>::new(vec![]).unwrap());
        let all = Bucket { lower: None, upper: None, sums: Sums::default() };
        assert_eq!(histogram.into_buckets(), [all]);
    }
}

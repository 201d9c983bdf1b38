//! How values compare with the bounds of filters.

/// Comparison of a value with a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Above it.
    Gt,
    /// Above it or equal.
    Gte,
    /// Below it.
    Lt,
    /// Below it or equal.
    Lte,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Self; 4] = [Self::Gt, Self::Gte, Self::Lt, Self::Lte];

    /// Whether `value` compares like this with `bound`.
    pub fn holds<T: PartialOrd>(self, value: &T, bound: &T) -> bool {
        match self {
            Self::Gt => value > bound,
            Self::Gte => value >= bound,
            Self::Lt => value < bound,
            Self::Lte => value <= bound,
        }
    }
}

//! The plain values that a video is made of, each with its invariant.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a value was refused, in words for the one who gave it, e.g. "must not be empty".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

impl Invalid {
    /// A validation error with this message: lowercase, no full stop, without the value's name.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.0
    }
}

/// Verifies the parts of an exact ratio.
///
/// # Errors
/// When a part is zero or negative.
pub fn expect_ratio(numerator: i32, denominator: i32) -> Result<(), Invalid> {
    if numerator < 1 || denominator < 1 {
        return Err(Invalid::new(format!(
            "must have a numerator and a denominator of 1 or more, not {numerator}/{denominator}"
        )));
    }
    Ok(())
}

/// A text that is not empty, has no NUL and at most [`Text::MAX_BYTES`] bytes of UTF-8.
///
/// It is compared byte by byte and never normalised. Cloning it copies nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(Arc<str>);

impl Text {
    /// The longest text, in bytes: Linux' `PATH_MAX`.
    pub const MAX_BYTES: usize = 4096;

    /// # Errors
    /// When the text is empty, too long, or has a NUL, which PostgreSQL cannot store.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("must not be empty"));
        }
        if text.len() > Self::MAX_BYTES {
            return Err(Invalid::new(format!(
                "must have at most {} bytes, not {}",
                Self::MAX_BYTES,
                text.len()
            )));
        }
        if text.contains('\0') {
            return Err(Invalid::new("must not contain a NUL character"));
        }
        Ok(Self(text.into()))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::new(&text)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A picture's width or height in pixels: 1 to 2^31 − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Dimension(i32);

impl Dimension {
    /// # Errors
    /// When it is zero or negative.
    pub fn new(pixels: i32) -> Result<Self, Invalid> {
        if pixels < 1 {
            return Err(Invalid::new(format!("must be 1 or more, not {pixels}")));
        }
        Ok(Self(pixels))
    }

    /// In pixels.
    pub fn get(self) -> i32 {
        self.0
    }
}

impl TryFrom<i32> for Dimension {
    type Error = Invalid;

    fn try_from(pixels: i32) -> Result<Self, Invalid> {
        Self::new(pixels)
    }
}

impl From<Dimension> for i32 {
    fn from(dimension: Dimension) -> Self {
        dimension.0
    }
}

/// A number of bytes or frames: 0 to 2^53 − 1, so that every JavaScript client reads it exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Quantity(i64);

impl Quantity {
    /// The largest one, 2^53 − 1.
    pub const MAX: i64 = (1 << 53) - 1;

    /// # Errors
    /// When it is negative or above [`Quantity::MAX`].
    pub fn new(amount: i64) -> Result<Self, Invalid> {
        if !(0..=Self::MAX).contains(&amount) {
            return Err(Invalid::new(format!("must be from 0 to {}, not {amount}", Self::MAX)));
        }
        Ok(Self(amount))
    }

    /// In bytes or frames.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Quantity {
    type Error = Invalid;

    fn try_from(amount: i64) -> Result<Self, Invalid> {
        Self::new(amount)
    }
}

impl From<Quantity> for i64 {
    fn from(amount: Quantity) -> Self {
        amount.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused<T: fmt::Debug>(value: Result<T, Invalid>, message: &str) {
        assert_eq!(value.unwrap_err().to_string(), message);
    }

    #[test]
    fn text_is_not_empty_has_no_nul_and_4096_bytes_at_most() {
        refused(Text::new(""), "must not be empty");
        refused(Text::new("a\0b"), "must not contain a NUL character");
        let longest = "é".repeat(2048);
        assert_eq!(Text::new(&longest).unwrap().as_str(), longest);
        refused(Text::new(&format!("{longest}x")), "must have at most 4096 bytes, not 4097");
    }

    #[test]
    fn dimensions_start_at_one() {
        assert_eq!(Dimension::new(1).unwrap().get(), 1);
        refused(Dimension::new(0), "must be 1 or more, not 0");
        refused(Dimension::new(-7), "must be 1 or more, not -7");
    }

    #[test]
    fn quantities_fit_a_javascript_number() {
        assert_eq!(Quantity::new(0).unwrap().get(), 0);
        assert_eq!(Quantity::new(Quantity::MAX).unwrap().get(), 9_007_199_254_740_991);
        refused(Quantity::new(-1), "must be from 0 to 9007199254740991, not -1");
        refused(
            Quantity::new(Quantity::MAX + 1),
            "must be from 0 to 9007199254740991, not 9007199254740992",
        );
    }
}

//! Numbers, as far as types tell numbers apart.

/// A number, judged by the text that was sent and not by the double nearest to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numeral {
    /// A whole number; none where it is beyond 64 bits. In JSON, 1.0, 1e0 and 1 are the same.
    Whole(Option<i64>),
    /// Any other number, as the nearest double.
    Real(f64),
}

impl Numeral {
    /// The number that JSON has as this text.
    pub fn of_json(text: &str) -> Self {
        match whole(text) {
            Some(number) => Self::Whole(number),
            None => Self::Real(text.parse().unwrap_or(f64::NAN)),
        }
    }
}

/// The whole number of a text, none within where it is beyond 64 bits; none where it is not whole.
fn whole(text: &str) -> Option<Option<i64>> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let (before, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{behind}");
    // Without the zeros at the end, the digits are those of a whole number that no ten divides.
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(Some(0));
    }
    let shift = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(behind.len()).ok()?)?;
    let zeros = shift.checked_add(i64::try_from(digits.len() - significant.len()).ok()?)?;
    let zeros = usize::try_from(zeros).ok()?;
    let significant = significant.trim_start_matches('0');
    // 64 bits have 19 digits.
    let fits = significant.len().saturating_add(zeros) <= 19;
    Some(fits.then(|| format!("{sign}{significant}{}", "0".repeat(zeros)).parse().ok()).flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_whole_by_its_value() {
        for (json, whole) in [
            ("1", Some(1)),
            ("1.0", Some(1)),
            ("1e1", Some(10)),
            ("-1.50E+1", Some(-15)),
            ("100e-2", Some(1)),
            ("-0.0", Some(0)),
            ("-0", Some(0)),
            ("0e999999999999999999999", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("0.0009223372036854775807e22", Some(i64::MAX)),
            ("9007199254740993.0", Some(9_007_199_254_740_993)),
            ("1e18", Some(1_000_000_000_000_000_000)),
            ("9223372036854775808", None),
            ("18446744073709551615", None),
            ("1e300", None),
        ] {
            assert_eq!(Numeral::of_json(json), Numeral::Whole(whole), "{json}");
        }
    }

    #[test]
    fn a_number_with_a_fraction_is_not_whole_however_close_it_is() {
        for (json, real) in [
            ("1.5", 1.5),
            ("1e-1", 0.1),
            ("101e-2", 1.01),
            ("9007199254740990.7", 9_007_199_254_740_991.0),
            ("1.00000000000000000001", 1.0),
            ("1e-99999999999999999999", 0.0),
        ] {
            assert_eq!(Numeral::of_json(json), Numeral::Real(real), "{json}");
        }
    }
}

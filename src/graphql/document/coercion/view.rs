//! Values in the form in which they are compared with types, from a document or from JSON.

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use apollo_compiler::parser::SourceSpan;

use crate::graphql::execution::internals::{ConstValue, Number};

/// A value that was written somewhere.
pub trait Written<'a>: Copy {
    /// Whether it comes from JSON, which has no enum values and writes them as strings.
    const IS_JSON: bool;

    /// The value.
    fn view(self) -> View<'a, Self>;

    /// The value as it was written.
    fn shown(self) -> String;

    /// Whether it is a number that async-graphql does not consider whole, whatever its value.
    fn is_odd_number(self) -> bool;

    /// Its location in a document.
    fn location(self) -> Option<SourceSpan>;
}

/// Kinds of values.
pub enum View<'a, V> {
    /// Nothing.
    Null,
    /// The value of a variable, which is checked separately.
    Variable,
    /// True or false.
    Boolean,
    /// A number.
    Number(Numeral),
    /// Text.
    String(&'a str),
    /// The name of an enum value.
    Enum(&'a str),
    /// Values in their order.
    List(Vec<V>),
    /// Values by their names, in their order.
    Object(Vec<(&'a str, V)>),
}

/// A number, as far as types distinguish numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numeral {
    /// A whole number; none if it is beyond 64 bits.
    Whole(Option<i64>),
    /// Any other number.
    Real(f64),
}

impl Numeral {
    /// The number, which in JSON is whole or not by its value: 1.0, 1e0 and 1 are the same.
    ///
    /// `serde_json` can read a real number as one of its neighbours. Below 2^51 these are not whole
    /// numbers, so a number with many digits may be rejected, but none is mistaken for another.
    pub fn of_json(number: &Number) -> Self {
        const LIMIT: f64 = 2_251_799_813_685_248.0;
        if let Some(whole) = number.as_i64() {
            return Self::Whole(Some(whole));
        }
        if number.is_u64() {
            return Self::Whole(None);
        }
        let real = number.as_f64().unwrap_or(f64::NAN);
        if real.fract() != 0.0 || !(-LIMIT..LIMIT).contains(&real) {
            return Self::Real(real);
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is whole and fits")]
        let whole = real as i64;
        Self::Whole(Some(whole))
    }
}

impl<'a> Written<'a> for &'a Node<Value> {
    const IS_JSON: bool = false;

    fn view(self) -> View<'a, Self> {
        match &**self {
            Value::Null => View::Null,
            Value::Variable(_) => View::Variable,
            Value::Boolean(_) => View::Boolean,
            Value::Int(number) => View::Number(Numeral::Whole(number.as_str().parse().ok())),
            Value::Float(number) => {
                View::Number(Numeral::Real(number.as_str().parse().unwrap_or(f64::NAN)))
            }
            Value::String(text) => View::String(text),
            Value::Enum(name) => View::Enum(name),
            Value::List(values) => View::List(values.iter().collect()),
            Value::Object(fields) => {
                View::Object(fields.iter().map(|(name, value)| (name.as_str(), value)).collect())
            }
        }
    }

    fn shown(self) -> String {
        self.serialize().no_indent().to_string()
    }

    fn is_odd_number(self) -> bool {
        false
    }

    fn location(self) -> Option<SourceSpan> {
        Node::location(self)
    }
}

impl<'a> Written<'a> for &'a ConstValue {
    const IS_JSON: bool = true;

    fn view(self) -> View<'a, Self> {
        match self {
            ConstValue::Null => View::Null,
            ConstValue::Boolean(_) => View::Boolean,
            ConstValue::Number(number) => View::Number(Numeral::of_json(number)),
            ConstValue::String(text) => View::String(text),
            ConstValue::Enum(name) => View::Enum(name),
            ConstValue::List(values) => View::List(values.iter().collect()),
            ConstValue::Object(fields) => {
                View::Object(fields.iter().map(|(name, value)| (name.as_str(), value)).collect())
            }
            // JSON has no bytes.
            ConstValue::Binary(_) => View::Enum(""),
        }
    }

    fn shown(self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn is_odd_number(self) -> bool {
        matches!(self, ConstValue::Number(number) if !number.is_i64())
    }

    fn location(self) -> Option<SourceSpan> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_json_is_whole_by_its_value() {
        for (json, whole) in [
            ("1", Some(1)),
            ("1.0", Some(1)),
            ("1e1", Some(10)),
            ("-0.0", Some(0)),
            ("-0", Some(0)),
            ("9223372036854775807", Some(i64::MAX)),
            ("562949953421311.0", Some(562_949_953_421_311)),
            ("-9223372036854775808", Some(i64::MIN)),
        ] {
            let number = serde_json::from_str(json).unwrap();
            assert_eq!(Numeral::of_json(&number), Numeral::Whole(whole), "{json}");
        }
        for (json, real) in [
            ("1.5", 1.5),
            ("1e-1", 0.1),
            ("1e30", 1e30),
            ("9007199254740992.0", 9_007_199_254_740_992.0),
        ] {
            let number = serde_json::from_str(json).unwrap();
            assert_eq!(Numeral::of_json(&number), Numeral::Real(real), "{json}");
        }
        for json in ["18446744073709551615", "9223372036854775808"] {
            let number = serde_json::from_str(json).unwrap();
            assert_eq!(Numeral::of_json(&number), Numeral::Whole(None), "{json}");
        }
    }
}

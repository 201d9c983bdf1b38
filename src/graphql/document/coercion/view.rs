//! Values in the form in which they are compared with types, from a document or from JSON.

use apollo_compiler::Node;
use apollo_compiler::ast::Value;
use apollo_compiler::parser::SourceSpan;

use super::numeral::Numeral;
use crate::graphql::document::json::Sent;
use crate::graphql::execution::internals::ConstValue;

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
            ConstValue::Number(number) => View::Number(match number.as_i64() {
                Some(number) => Numeral::Whole(Some(number)),
                None => Numeral::of_json(&number.to_string()),
            }),
            ConstValue::String(text) => View::String(text),
            // JSON has no enum values: this is a number with all its digits.
            ConstValue::Enum(number) => View::Number(Numeral::of_json(number)),
            ConstValue::List(values) => View::List(values.iter().collect()),
            ConstValue::Object(fields) => {
                View::Object(fields.iter().map(|(name, value)| (name.as_str(), value)).collect())
            }
            // JSON has no bytes.
            ConstValue::Binary(_) => View::Enum(""),
        }
    }

    fn shown(self) -> String {
        serde_json::to_string(&Sent(self)).unwrap_or_default()
    }

    fn is_odd_number(self) -> bool {
        match self {
            ConstValue::Number(number) => !number.is_i64(),
            value => matches!(value, ConstValue::Enum(_)),
        }
    }

    fn location(self) -> Option<SourceSpan> {
        None
    }
}

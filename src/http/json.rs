//! JSON as clients write it, halves of characters included.
//!
//! JavaScript can cut a string between the two halves of a character, and writes the rest as
//! `\ud800`. That is well-formed JSON but not valid text, so `serde_json` rejects it. A search
//! while typing an emoji should still get a response; a change should be rejected.

use serde::de::Error as _;
use serde_json::{Error, Value};

use crate::graphql::schema::inputs::place::Place;

/// The maximum number of values in a text: each takes many times the memory of its text.
const MAX_VALUES: usize = 20_000;

/// Byte order marks of UTF-8 and UTF-16. RFC 8259 forbids them in JSON.
const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFE\xFF", b"\xFF\xFE"];

/// Why a text is not read, to be said of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// It starts with a byte order mark.
    #[error("starts with a byte order mark: send the JSON in UTF-8 without it")]
    ByteOrderMark,
    /// It is not JSON, or a name in it has half of a character.
    #[error("is not valid JSON: {0}")]
    Invalid(#[from] Error),
    /// It is longer in a way that its bytes do not show.
    #[error("has more than the maximum of {MAX_VALUES} values: send fewer at a time")]
    TooManyValues,
}

/// A value, and where halves of characters stood in it.
#[derive(Debug, PartialEq)]
pub(super) struct Json {
    /// With U+FFFD in place of each half.
    pub value: Value,
    /// The places of texts that had a half, as in `variables.input.path`.
    pub halves: Vec<String>,
}

impl Json {
    /// Reads a text.
    ///
    /// # Errors
    /// When it is not JSON, or too much of it.
    pub fn parse(text: &[u8]) -> Result<Self, Unreadable> {
        if BYTE_ORDER_MARKS.iter().any(|mark| text.starts_with(mark)) {
            return Err(Unreadable::ByteOrderMark);
        }
        if values(text) > MAX_VALUES {
            return Err(Unreadable::TooManyValues);
        }
        let lone = lone_surrogates(text);
        if lone.is_empty() {
            return Ok(Self { value: serde_json::from_slice(text)?, halves: Vec::new() });
        }
        let mark = unused_character(text)
            .ok_or_else(|| Error::custom("it has halves of characters (lone surrogates)"))?;
        let mut marked = text.to_vec();
        for at in lone {
            marked[at..at + ESCAPE_BYTES].copy_from_slice(escape(mark).as_bytes());
        }
        let mut value = serde_json::from_slice(&marked)?;
        let mut marks = Marks { mark, places: Vec::new() };
        marks.replace_in(&mut value, None)?;
        Ok(Self { value, halves: marks.places })
    }
}

/// The replacement character for lone surrogates, and their places.
struct Marks {
    mark: char,
    places: Vec<String>,
}

impl Marks {
    /// Replaces the mark wherever it occurs in the value at this place.
    fn replace_in(&mut self, value: &mut Value, at: Option<&Place<'_>>) -> Result<(), Error> {
        match value {
            Value::String(text) if text.contains(self.mark) => {
                *text = text.replace(self.mark, "\u{FFFD}");
                self.places.push(at.map_or_else(String::new, Place::to_string));
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    match at {
                        Some(list) => self.replace_in(item, Some(&Place::Item(list, index)))?,
                        None => self.replace_in(item, Some(&Place::Root(&index.to_string())))?,
                    }
                }
            }
            Value::Object(fields) => {
                for (name, field) in fields {
                    if name.contains(self.mark) {
                        return Err(Error::custom("a name has half of a character"));
                    }
                    let place = match at {
                        Some(object) => Place::Field(object, name),
                        None => Place::Root(name),
                    };
                    self.replace_in(field, Some(&place))?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// An upper bound on the number of values in a JSON text: one, one after each comma, and one in
/// each bracket.
fn values(text: &[u8]) -> usize {
    let mut count = 1;
    let mut is_text = false;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_text = !is_text,
            b'\\' if is_text => _ = bytes.next(),
            b',' | b'[' | b'{' if !is_text => count += 1,
            _ => {}
        }
    }
    count
}

/// The length of an escape such as `\ud800`.
const ESCAPE_BYTES: usize = 6;

fn escape(character: char) -> String {
    format!("\\u{:04x}", u32::from(character))
}

/// The position of an escape that is a lone surrogate.
fn lone_surrogates(text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(distance) = text[at..].iter().position(|byte| *byte == b'\\') {
        at += distance;
        at += match (code_unit(text, at), code_unit(text, at + ESCAPE_BYTES)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 2 * ESCAPE_BYTES,
            (Some(0xD800..=0xDFFF), _) => {
                found.push(at);
                ESCAPE_BYTES
            }
            // A backslash and whatever it stands before.
            _ => 2,
        };
        at = at.min(text.len());
    }
    found
}

/// The UTF-16 code unit of the escape at this position, if there is one.
fn code_unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + ESCAPE_BYTES)?.strip_prefix(br"\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// A character that the text does not have: one of those that Unicode leaves to programs.
fn unused_character(text: &[u8]) -> Option<char> {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    ('\u{FDD0}'..='\u{FDEF}').find(|mark| !text.contains(*mark) && !text.contains(&escape(*mark)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, value: Value, halves: &[&str]) {
        let halves = halves.iter().map(ToString::to_string).collect();
        assert_eq!(Json::parse(text.as_bytes()).unwrap(), Json { value, halves }, "{text}");
    }

    #[test]
    fn whole_characters_stay_as_they_are() {
        check(
            r#"["\ud83d\ude00", "\uD83D\uDE00", "é", "\u00e9"]"#,
            json!(["😀", "😀", "é", "é"]),
            &[],
        );
        check(r#"{"a": "\\ud800", "b": "\"\\"}"#, json!({ "a": "\\ud800", "b": "\"\\" }), &[]);
    }

    #[test]
    fn halves_are_replaced_and_told_with_their_places() {
        check(r#""\ud800""#, json!("\u{FFFD}"), &[""]);
        check(
            r#"{"a": [1, "x\uD83Dy"], "b": {"c": "\ude00\ud83d"}, "d": "\ud83d\ude00"}"#,
            json!({ "a": [1, "x\u{FFFD}y"], "b": { "c": "\u{FFFD}\u{FFFD}" }, "d": "😀" }),
            &["a.1", "b.c"],
        );
        check(r#"["\ud83d\ud83d\ude00"]"#, json!(["\u{FFFD}😀"]), &["0"]);
        check(r#"["\\\ud800\n"]"#, json!(["\\\u{FFFD}\n"]), &["0"]);
    }

    #[test]
    fn what_stands_for_a_half_is_no_character_of_the_text() {
        check(
            r#"["\ud800", "\uFDD0", "﷐﷑"]"#,
            json!(["\u{FFFD}", "\u{FDD0}", "\u{FDD0}\u{FDD1}"]),
            &["0"],
        );
    }

    #[test]
    fn a_text_may_have_so_many_values_and_no_more() {
        let list = |length: usize| format!("[{}1]", "1,".repeat(length - 1));
        assert!(Json::parse(list(MAX_VALUES - 1).as_bytes()).is_ok());
        let too_many = Json::parse(list(MAX_VALUES).as_bytes());
        assert!(matches!(too_many, Err(Unreadable::TooManyValues)), "{too_many:?}");
        let text = json!(["\"[,{\\", ",".repeat(MAX_VALUES)]);
        assert_eq!(Json::parse(text.to_string().as_bytes()).unwrap().value, text);
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        for mark in BYTE_ORDER_MARKS {
            let outcome = Json::parse(&[mark, b"{}"].concat());
            assert!(matches!(outcome, Err(Unreadable::ByteOrderMark)), "{mark:?}: {outcome:?}");
        }
    }

    #[test]
    fn what_is_no_json_stays_none() {
        for text in ["", "\\", "\\ud8", "\\ud800", r#""\ud80""#, r#""\ud800"#, r#"{"\ud800": 1}"#] {
            assert!(Json::parse(text.as_bytes()).is_err(), "{text}");
        }
        let all: String = ('\u{FDD0}'..='\u{FDEF}').collect();
        assert!(Json::parse(format!(r#"["\ud800", "{all}"]"#).as_bytes()).is_err());
    }
}

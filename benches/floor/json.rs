//! JSON, written value by value.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reelgraph::domain::VideoField;
use serde::Serialize;
use uuid::Uuid;

/// The bytes of an answer, as far as they are written.
pub struct Json(Vec<u8>);

impl Json {
    /// An answer that begins so.
    pub fn beginning(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(32 * 1024);
        bytes.extend_from_slice(text.as_bytes());
        Self(bytes)
    }

    /// The answer, which ends so.
    pub fn ending(mut self, text: &str) -> Vec<u8> {
        self.raw(text);
        self.0
    }

    /// What is JSON already.
    pub fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A text, a number, or nothing.
    pub fn value(&mut self, value: impl Serialize) {
        serde_json::to_writer(&mut self.0, &value).expect("memory takes what is written");
    }

    /// The text of an ID, without its quotes.
    pub fn id(&mut self, id: &[u8]) {
        let id = Uuid::from_slice(id).expect("an ID has 16 bytes");
        let mut text = [0; 36];
        self.raw(id.as_hyphenated().encode_lower(&mut text));
    }

    /// A time in microseconds since 1970 began, as RFC 3339 text in quotes.
    pub fn time(&mut self, micros: i64) {
        const DAY: i64 = 86_400_000_000;
        let (year, month, day) = date(micros.div_euclid(DAY));
        let in_day = micros.rem_euclid(DAY);
        let seconds = in_day / 1_000_000;
        self.raw("\"");
        self.digits::<4>(year);
        self.raw("-");
        self.digits::<2>(month);
        self.raw("-");
        self.digits::<2>(day);
        self.raw("T");
        self.digits::<2>(seconds / 3600);
        self.raw(":");
        self.digits::<2>(seconds / 60 % 60);
        self.raw(":");
        self.digits::<2>(seconds % 60);
        self.raw(".");
        self.digits::<6>(in_day % 1_000_000);
        self.raw("Z\"");
    }

    /// The cursor of a place in the default order, in quotes.
    pub fn cursor(&mut self, place: &CursorPosition) {
        let mut text = [0; 80];
        let length = URL_SAFE_NO_PAD.encode_slice(place.to_bytes(), &mut text);
        let text = &text[..length.expect("a cursor has 49 characters at most")];
        self.raw("\"");
        self.0.extend_from_slice(text);
        self.raw("\"");
    }

    /// What a change made different: the members of two objects, field by field.
    pub fn changes(&mut self, old: Option<&str>, new: Option<&str>) {
        let mut old = Members::of(old.unwrap_or("{}")).peekable();
        let mut new = Members::of(new.unwrap_or("{}")).peekable();
        let mut separator = "[";
        for field in VideoField::ALL {
            let is_it = |(name, _): &(&str, &str)| *name == field.name();
            let (old, new) = (old.next_if(is_it), new.next_if(is_it));
            if old.is_none() && new.is_none() {
                continue;
            }
            self.raw(separator);
            self.raw(r#"{"field":""#);
            self.raw(field.name());
            self.raw(r#"","old":"#);
            self.raw(old.map_or("null", |(_, value)| value));
            self.raw(r#","new":"#);
            self.raw(new.map_or("null", |(_, value)| value));
            self.raw("}");
            separator = ",";
        }
        self.raw(if separator == "[" { "[]" } else { "]" });
    }

    fn digits<const COUNT: usize>(&mut self, mut number: i64) {
        let mut digits = [b'0'; COUNT];
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(number % 10).expect("a digit");
            number /= 10;
        }
        self.0.extend_from_slice(&digits);
    }
}

/// Year, month and day of the day that is so many days after 1970 began.
///
/// It counts in years that begin in March, so that the day of a leap year comes last, and in
/// periods of 400 of these, which all have as many days.
fn date(days: i64) -> (i64, i64, i64) {
    const PERIOD: i64 = 146_097;
    let days = days + 719_468;
    let (period, day) = (days.div_euclid(PERIOD), days.rem_euclid(PERIOD));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (period * 400 + year + next_year, month, day)
}

/// A place in the default order: a time of addition, and an ID.
pub struct CursorPosition {
    /// In microseconds since 1970 began.
    pub created_at: i64,
    /// The ID's bytes.
    pub id: [u8; 16],
}

impl CursorPosition {
    /// What comes before the time in a cursor: that it is of videos, by one key, which is the time
    /// of addition, descending; and that the place has one key, which is a whole number.
    const HEAD: [u8; 6] = [0, 1, 0, 1, 1, 0];

    /// The place that a cursor holds.
    pub fn of_cursor(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (bytes, checksum) = bytes.split_last_chunk()?;
        if crc32fast::hash(bytes) != u32::from_be_bytes(*checksum) {
            return None;
        }
        let (time, id) = bytes.strip_prefix(&Self::HEAD)?.split_last_chunk()?;
        let time = &time[..time.len() - 1];
        let number = time.iter().rev().fold(0, |number, byte| number << 7 | u64::from(byte & 0x7F));
        let created_at = (number >> 1).cast_signed() ^ -(number & 1).cast_signed();
        Some(Self { created_at, id: *id })
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(&Self::HEAD);
        // A number of either sign, the lowest seven bits first.
        let mut number = (self.created_at << 1 ^ self.created_at >> 63).cast_unsigned();
        while number >= 0x80 {
            bytes.push(u8::try_from(number & 0x7F).expect("seven bits") | 0x80);
            number >>= 7;
        }
        bytes.push(u8::try_from(number).expect("seven bits"));
        bytes.push(16);
        bytes.extend_from_slice(&self.id);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }
}

/// The members of an object that is written without blanks: their names, and their values as text.
struct Members<'a> {
    rest: &'a str,
}

impl<'a> Members<'a> {
    fn of(object: &'a str) -> Self {
        Self { rest: &object[1..object.len() - 1] }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.rest.strip_prefix('"')?.split_once("\":")?;
        let end = length_of_value(rest);
        let (value, rest) = rest.split_at(end);
        self.rest = rest.strip_prefix(',').unwrap_or_default();
        Some((name, value))
    }
}

fn length_of_value(text: &str) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return index,
            _ => {}
        }
    }
    text.len()
}

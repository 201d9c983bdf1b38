//! Headers in which clients list what they accept, each item with a weight.
//!
//! Source: [RFC 9110, section 12.4.2](https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2).

use axum::http::{HeaderMap, HeaderName};

/// An item of such a list.
#[derive(Debug, PartialEq)]
pub(super) struct Preference<'a> {
    /// What the client accepts, e.g. `text/*` or `br`, in any case.
    pub name: &'a str,
    /// How much it likes that, from 0, not at all, to 1.
    pub weight: f32,
    parameters: &'a str,
}

/// The items of a header, in their order. Those whose weight cannot be read are left out.
pub(super) fn preferences(
    headers: &HeaderMap,
    header: HeaderName,
) -> impl Iterator<Item = Preference<'_>> {
    let values = headers.get_all(header).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(Preference::parse)
}

impl<'a> Preference<'a> {
    fn parse(item: &'a str) -> Option<Self> {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let item = Self { name: name.trim(), weight: 1.0, parameters };
        let Some(weight) = item.parameter("q") else { return Some(item) };
        let weight = weight.parse().ok().filter(|weight| (0.0..=1.0).contains(weight))?;
        Some(Self { weight, ..item })
    }

    /// The value of one of its parameters, without quotation marks.
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.split(';').find_map(|parameter| {
            let (its_name, value) = parameter.split_once('=')?;
            let is_it = its_name.trim().eq_ignore_ascii_case(name);
            is_it.then(|| value.trim().trim_matches('"'))
        })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    #[track_caller]
    fn check(value: &'static str, expected: &[(&str, f32)]) {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(value));
        let found = preferences(&headers, header::ACCEPT).map(|item| (item.name, item.weight));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{value}");
    }

    #[test]
    fn items_have_weights() {
        check("br, gzip;q=0.5,zstd ; Q = 1.0", &[("br", 1.0), ("gzip", 0.5), ("zstd", 1.0)]);
        check("text/plain;version=0.0.4;q=0.3, */*;q=0", &[("text/plain", 0.3), ("*/*", 0.0)]);
        check("a;q=2, b;q=-1, c;q=, d;q=nan, e;q", &[("e", 1.0)]);
    }

    #[test]
    fn parameters_are_found_by_name() {
        let item = Preference::parse(r#"text/plain; Version="1.0.0";q=0.5"#).unwrap();
        assert_eq!(item.parameter("version"), Some("1.0.0"));
        assert_eq!(item.parameter("charset"), None);
    }
}

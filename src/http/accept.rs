//! Content negotiation: which of the server's media types a client prefers.
//!
//! Source: [RFC 9110, section 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1), and
//! [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types).

use axum::http::{HeaderMap, HeaderValue, header};

use super::preferences::{Preference, preferences};

/// A media type of GraphQL responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/json`: a response to a GraphQL request always has status 200.
    Json,
    /// `application/graphql-response+json`: the status shows whether the request was executed.
    GraphqlResponse,
}

impl MediaType {
    /// As the value of a `Content-Type`.
    pub fn header(self) -> HeaderValue {
        match self {
            Self::Json => const { HeaderValue::from_static("application/json; charset=utf-8") },
            Self::GraphqlResponse => {
                const { HeaderValue::from_static("application/graphql-response+json; charset=utf-8") }
            }
        }
    }
}

/// The media types that a client accepts.
pub(super) struct Accept {
    /// Empty if the client does not say; it then accepts everything.
    ranges: Vec<Range>,
}

/// A media range such as `text/*`, in lower case, with its quality value.
struct Range {
    name: String,
    quality: f32,
    /// The version of the media type; none for any.
    version: Option<String>,
}

/// How well a media type suits: first by quality, then by how exactly it was named.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Suitability {
    quality: f32,
    exactness: u8,
}

impl Accept {
    /// Parses these headers. Malformed parts are ignored.
    pub fn of(headers: &HeaderMap) -> Self {
        let accepted = preferences(headers, header::ACCEPT).filter(|it| it.name.contains('/'));
        Self { ranges: accepted.map(Range::from).collect() }
    }

    /// The best media type for a GraphQL response; none if the client accepts neither.
    ///
    /// The more informative one if both are named, but the familiar one if neither is.
    pub fn media_type(&self) -> Option<MediaType> {
        let json = self.suitability("application", "json");
        let response = self.suitability("application", "graphql-response+json");
        match (json, response) {
            (None, None) => None,
            (Some(_), None) => Some(MediaType::Json),
            (None, Some(_)) => Some(MediaType::GraphqlResponse),
            (Some(json), Some(response)) if response > json => Some(MediaType::GraphqlResponse),
            (Some(json), Some(response)) if response == json && json.exactness == EXACT => {
                Some(MediaType::GraphqlResponse)
            }
            _ => Some(MediaType::Json),
        }
    }

    /// Whether the client explicitly accepts Server-Sent Events: by name, or by `text/*`. Clients
    /// that accept anything do not expect an endless response.
    pub fn names_events(&self) -> bool {
        self.suitability("text", "event-stream").is_some_and(|events| events.exactness >= GROUP)
    }

    /// Whether the client prefers Server-Sent Events to JSON: it does not accept JSON, or prefers
    /// events.
    pub fn prefers_events(&self) -> bool {
        let events = self.suitability("text", "event-stream");
        let is_named = events.is_some_and(|events| events.exactness == EXACT);
        self.names_events()
            && (is_named || self.media_type().is_none())
            && events > self.suitability("application", "json")
            && events > self.suitability("application", "graphql-response+json")
    }

    /// Whether the client prefers a page to JSON, as browsers do.
    pub fn prefers_page(&self) -> bool {
        let page = self.suitability("text", "html");
        page.is_some_and(|page| page.exactness == EXACT)
            && page > self.suitability("application", "json")
            && page > self.suitability("application", "graphql-response+json")
    }

    /// Whether the client explicitly prefers OpenMetrics 1.0 to the text format 0.0.4.
    pub fn prefers_open_metrics(&self) -> bool {
        let open = self.suitability_of(("application", "openmetrics-text"), "1.0.0");
        open.is_some_and(|open| open.exactness == EXACT)
            && open >= self.suitability_of(("text", "plain"), "0.0.4")
    }

    /// None if the type is not acceptable. The most specific matching range decides.
    fn suitability(&self, group: &str, name: &str) -> Option<Suitability> {
        self.suitability_of((group, name), "")
    }

    /// The same of a media type that has versions.
    fn suitability_of(&self, (group, name): (&str, &str), version: &str) -> Option<Suitability> {
        if self.ranges.is_empty() {
            return Some(Suitability { quality: 1.0, exactness: 0 });
        }
        let exactness = |range: &Range| match range.name.split_once('/') {
            Some((in_group, in_name)) if in_group == group && in_name == name => Some(EXACT),
            Some((in_group, "*")) if in_group == group => Some(GROUP),
            Some(("*", "*")) => Some(0),
            _ => None,
        };
        let is_version = |range: &&Range| {
            version.is_empty() || range.version.as_deref().is_none_or(|it| it == version)
        };
        let fitting = self
            .ranges
            .iter()
            .filter(is_version)
            .filter_map(|range| Some((exactness(range)?, range)));
        let (exactness, range) = fitting.max_by_key(|(exactness, _)| *exactness)?;
        (range.quality > 0.0).then_some(Suitability { quality: range.quality, exactness })
    }
}

/// The exactness of a media type that the client named in full.
const EXACT: u8 = 2;

/// The exactness of a range such as `text/*`.
const GROUP: u8 = 1;

impl From<Preference<'_>> for Range {
    fn from(accepted: Preference<'_>) -> Self {
        Self {
            name: accepted.name.to_ascii_lowercase(),
            quality: accepted.weight,
            version: accepted.parameter("version").map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(text: &str) -> Accept {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(text).unwrap());
        Accept::of(&headers)
    }

    #[test]
    fn the_best_media_type_is_found() {
        use MediaType::{GraphqlResponse, Json};
        for (header, expected) in [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json", Some(Json)),
            ("APPLICATION/JSON; charset=utf-8", Some(Json)),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            ("application/graphql-response+json; charset=utf-8", Some(GraphqlResponse)),
            ("application/json, application/graphql-response+json", Some(GraphqlResponse)),
            ("application/graphql-response+json, application/json;q=0.9", Some(GraphqlResponse)),
            ("application/graphql-response+json;q=0.8, application/json;q=0.9", Some(Json)),
            ("application/json, text/plain, */*", Some(Json)),
            ("application/graphql-response+json, */*", Some(GraphqlResponse)),
            ("application/json;q=0, */*", Some(GraphqlResponse)),
            ("application/json; q=0", None),
            ("text/html", None),
            ("image/png, application/*;q=0", None),
            (
                "nonsense, application/json;q=7, application/graphql-response+json",
                Some(GraphqlResponse),
            ),
        ] {
            assert_eq!(accept(header).media_type(), expected, "{header}");
        }
    }

    #[test]
    fn events_are_sent_to_those_who_name_them() {
        for (header, is_named, is_preferred) in [
            ("text/event-stream", true, true),
            ("text/event-stream, */*;q=0.1", true, true),
            ("application/graphql-response+json, application/json, text/event-stream", true, false),
            ("text/event-stream, application/json", true, false),
            ("text/event-stream, application/json;q=0.9", true, true),
            ("text/event-stream;q=0", false, false),
            ("text/*", true, true),
            ("text/*, application/json", true, false),
            ("text/*, application/json;q=0.5", true, false),
            ("text/*;q=0", false, false),
            ("text/*, text/event-stream;q=0", false, false),
            ("*/*", false, false),
            ("", false, false),
        ] {
            let accept = accept(header);
            let told = (accept.names_events(), accept.prefers_events());
            assert_eq!(told, (is_named, is_preferred), "{header}");
        }
    }

    #[test]
    fn metrics_are_open_metrics_for_those_who_name_it() {
        for (header, expected) in [
            ("application/openmetrics-text", true),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", true),
            ("application/openmetrics-text;version=\"1.0.0\";q=0.5,text/plain;q=0.5", true),
            ("application/openmetrics-text;version=2.0.0", false),
            ("application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.1", false),
            ("application/openmetrics-text;q=0", false),
            ("application/openmetrics-text;q=0.4,text/plain;version=0.0.4", false),
            ("application/openmetrics-text;q=0.4,text/*;q=0.5", false),
            // Those of Prometheus 2 and 3.
            (
                "application/openmetrics-text;version=1.0.0;q=0.5,\
                 application/openmetrics-text;version=0.0.1;q=0.4,\
                 text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                true,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,\
                 text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                 text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                true,
            ),
            ("text/plain;version=0.0.4", false),
            ("text/html, */*;q=0.8", false),
            ("*/*", false),
            ("", false),
        ] {
            assert_eq!(accept(header).prefers_open_metrics(), expected, "{header}");
        }
    }

    #[test]
    fn browsers_prefer_a_page() {
        for (header, expected) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("text/html", true),
            ("text/html, */*", true),
            ("text/html;q=0.5, application/json", false),
            ("text/html, application/json", false),
            ("text/*", false),
            ("*/*", false),
            ("", false),
        ] {
            assert_eq!(accept(header).prefers_page(), expected, "{header}");
        }
    }
}

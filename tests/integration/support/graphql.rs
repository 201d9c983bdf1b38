//! Asking the schema, and short ways to say what the answer must be.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Api, Caller, Services};
use serde_json::{Value, json};

use super::clock::{CountedIds, TickingClock};
use super::watched_store::WatchedStore;

/// An API over an empty library, whose store is watched.
pub struct TestApi {
    /// The store.
    pub store: Arc<WatchedStore>,
    api: Api,
}

impl TestApi {
    /// Time and IDs begin as [`TickingClock`] and [`CountedIds`] do.
    pub fn new() -> Self {
        let store = Arc::new(WatchedStore::default());
        let api = Api::new(Services {
            repository: Arc::clone(&store) as _,
            feed: Feed::new(Arc::clone(&store) as _, FeedSettings::default()),
            clock: Arc::new(TickingClock::new()),
            ids: Arc::new(CountedIds::new()),
        });
        Self { store, api }
    }

    /// An API over a library of as many videos, which were added by one request after another.
    pub async fn with_videos(count: usize) -> Self {
        let api = Self::new();
        for number in 1..=count {
            let path = format!("/media/{number:03}.mkv");
            data(api.ask_with(ADD, json!({ "input": input(&path) })).await);
        }
        api.store.take_calls();
        api
    }

    /// The response to a document, as JSON.
    pub async fn ask(&self, document: &str) -> Value {
        self.ask_with(document, json!({})).await
    }

    /// The response to a document with variables, as JSON.
    pub async fn ask_with(&self, document: &str, variables: Value) -> Value {
        let request = Request::new(document).variables(Variables::from_json(variables));
        self.send(request).await
    }

    /// The response to a request, as JSON.
    pub async fn send(&self, request: Request) -> Value {
        let caller =
            Caller { request_id: "request-1".to_owned(), actor: Some("tester".to_owned()) };
        serde_json::to_value(self.api.execute(request, caller).await).unwrap()
    }
}

/// Adds the video `$input` and answers with all of the payload that matters to most tests.
pub const ADD: &str = "mutation ($input: AddVideoInput!) {
  addVideo(input: $input) {
    video { id version }
    auditEntry { id }
    userErrors { code message field }
  }
}";

/// A valid input for `addVideo`.
pub fn input(path: &str) -> Value {
    json!({
        "path": path,
        "durationFrames": 240,
        "frameRate": { "numerator": 24 },
        "width": 1920,
        "height": 1080,
        "videoCodec": "h264",
        "audioCodec": "aac",
        "fileSize": 1_000_000,
    })
}

/// A valid input for `addVideo` with other values for some of its fields.
pub fn input_with(path: &str, fields: Value) -> Value {
    let mut input = input(path);
    let Value::Object(fields) = fields else { panic!("{fields} is no object") };
    input.as_object_mut().unwrap().extend(fields);
    input
}

/// The data of a response without errors.
#[track_caller]
pub fn data(mut response: Value) -> Value {
    assert!(response.get("errors").is_none(), "{response:#}");
    response["data"].take()
}

/// The only error of a response: its code and its message.
#[track_caller]
pub fn error(response: &Value) -> (&str, &str) {
    let errors = response["errors"].as_array().unwrap_or_else(|| panic!("{response:#}"));
    assert_eq!(errors.len(), 1, "{response:#}");
    let [code, message] = [&errors[0]["extensions"]["code"], &errors[0]["message"]];
    (code.as_str().unwrap(), message.as_str().unwrap())
}

/// Checks that nothing was executed, and what the only error is.
#[track_caller]
pub fn assert_refused(response: &Value, code: &str, message: &str) {
    assert_eq!(error(response), (code, message), "{response:#}");
    assert_eq!(response["data"], Value::Null, "{response:#}");
    assert!(response["errors"][0].get("path").is_none(), "{response:#}");
}

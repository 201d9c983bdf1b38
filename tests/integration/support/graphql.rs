//! Asking the schema, and short ways to say what the answer must be.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::TypeSystemDefinition;
use async_graphql::{Request, Response, ServerError, Variables};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use reelgraph::domain::{Role, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Api, Caller, DocumentLimits, Services};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::sqlite::SqliteRepository;
use serde_json::{Value, json};

use super::binary::PATIENCE;
use super::clock::{CountedIds, TickingClock};
use super::logged;
use super::watched_store::WatchedStore;

/// An API over an empty library, whose store is watched.
pub struct TestApi {
    /// The store.
    pub store: Arc<WatchedStore>,
    /// The feed of its changes.
    pub feed: Feed,
    api: Api,
}

impl TestApi {
    /// Time and IDs begin as [`TickingClock`] and [`CountedIds`] do.
    pub fn new() -> Self {
        // Nothing that must come is rescued by a mark that comes from time to time.
        let progress_interval = Duration::from_secs(3600);
        Self::with_settings(FeedSettings { progress_interval, ..FeedSettings::default() })
    }

    /// An API whose feed has these settings.
    pub fn with_settings(settings: FeedSettings) -> Self {
        Self::over(WatchedStore::default(), settings)
    }

    /// An API over this library, whose calls are watched.
    pub fn over_library(library: &Arc<dyn VideoRepository>) -> Self {
        let progress_interval = Duration::from_secs(3600);
        let settings = FeedSettings { progress_interval, ..FeedSettings::default() };
        Self::over(WatchedStore::over(Arc::clone(library)), settings)
    }

    /// An API over a store, whose feed has these settings.
    pub fn over(store: WatchedStore, settings: FeedSettings) -> Self {
        logged::keep();
        let store = Arc::new(store);
        let feed = Feed::new(Arc::clone(&store) as _, Arc::new(SystemClock), settings);
        let api = api_over(Arc::clone(&store) as _, feed.clone());
        Self { store, feed, api }
    }

    /// An API over an empty library in memory, and one over an empty library in a file in this folder.
    pub async fn of_each_store(folder: &Path) -> [Self; 2] {
        let file = SqliteRepository::open(&folder.join("library.db")).await.unwrap();
        let stores = [WatchedStore::default(), WatchedStore::over(Arc::new(file))];
        let progress_interval = Duration::from_secs(3600);
        let settings = FeedSettings { progress_interval, ..FeedSettings::default() };
        stores.map(|store| Self::over(store, settings))
    }

    /// An API over the library in this file.
    pub async fn over_file(file: &Path) -> Self {
        let file = SqliteRepository::open(file).await.unwrap();
        Self::over(WatchedStore::over(Arc::new(file)), FeedSettings::default())
    }

    /// An API that answers documents of any size and any cost.
    pub fn without_limits() -> Self {
        Self::with_limits(DocumentLimits {
            max_document_bytes: usize::MAX,
            max_tokens: usize::MAX,
            max_depth: usize::MAX,
            max_fields: usize::MAX,
            max_aliases: usize::MAX,
            max_directives: usize::MAX,
            max_cost: usize::MAX,
            ..DocumentLimits::default()
        })
    }

    /// An API that answers documents within these limits.
    pub fn with_limits(limits: DocumentLimits) -> Self {
        let Self { store, feed, .. } = Self::new();
        let api = Api::with_limits(services_over(Arc::clone(&store) as _, feed.clone()), limits);
        Self { store, feed, api }
    }

    /// An API over a library of as many videos, which were added by one request after another.
    pub async fn with_videos(count: usize) -> Self {
        let api = Self::new();
        api.add(count).await;
        api
    }

    /// Adds as many videos, by one request after another.
    pub async fn add(&self, count: usize) {
        for number in 1..=count {
            let path = format!("/media/{number:03}.mkv");
            data(self.ask_with(ADD, json!({ "input": input(&path) })).await);
        }
        self.store.take_calls();
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
        self.send_as(request, caller()).await
    }

    /// The response to a document with this `X-Request-Id`, as JSON.
    pub async fn ask_as(&self, request_id: &str, document: &str) -> Value {
        let caller = Caller { request_id: request_id.to_owned(), ..caller() };
        self.send_as(Request::new(document), caller).await
    }

    async fn send_as(&self, request: Request, caller: Caller) -> Value {
        let response = match self.api.check(request) {
            Ok(checked) => self.api.execute(checked, caller).await,
            Err(errors) => Response::from_errors(errors),
        };
        serde_json::to_value(response).unwrap()
    }

    /// Why this document would be refused, whatever its variables.
    pub fn check_document(&self, document: &str) -> Result<(), Vec<ServerError>> {
        self.api.check_document(document)
    }

    /// The response to a document with variables, as the text that a client gets.
    pub async fn answer(&self, document: &str, variables: Value) -> String {
        let request = Request::new(document).variables(Variables::from_json(variables));
        let checked = self.api.check(request).expect("a valid document");
        serde_json::to_string(&self.api.execute(checked, caller()).await).unwrap()
    }

    /// The responses to a document with variables.
    pub fn follow(&self, document: &str, variables: Value) -> Responses {
        Responses::of(&self.api, document, variables)
    }
}

/// The definitions of a schema. async-graphql's parser does not know the description of a schema.
pub fn definitions(sdl: &str) -> Vec<TypeSystemDefinition> {
    let lines: Vec<&str> = sdl.lines().collect();
    let is_description = |at: usize| {
        lines.get(at + 1).is_some_and(|next| next.starts_with("schema {"))
            && lines[at].starts_with('"')
    };
    let lines = lines.iter().enumerate().filter(|(at, _)| !is_description(*at));
    let sdl: Vec<&str> = lines.map(|(_, line)| *line).collect();
    parse_schema(sdl.join("\n")).unwrap().definitions
}

/// A document that asks for the types of the fields of the schema's types, and so on: some 50,000
/// fields, as many as can be had within all other limits.
pub fn types_of_types() -> String {
    let level = |at| {
        let next = at + 1;
        format!(
            "fragment F{at} on __Type {{ fields {{ type {{ ...F{next}
                ofType {{ ...F{next} ofType {{ ...F{next} ofType {{ ...F{next} }} }} }} }} }} }} "
        )
    };
    let levels: String = (0..4).map(level).collect();
    let types: String = (0..3).map(|at| format!("a{at}: types {{ ...F0 }} ")).collect();
    format!("{{ __schema {{ {types} }} }} {levels} fragment F4 on __Type {{ name }}")
}

/// An API over a store, whose time and IDs begin as [`TickingClock`] and [`CountedIds`] do.
pub fn api_over(repository: Arc<dyn VideoRepository>, feed: Feed) -> Api {
    Api::new(services_over(repository, feed))
}

fn services_over(repository: Arc<dyn VideoRepository>, feed: Feed) -> Services {
    let (clock, ids) = (Arc::new(TickingClock::new()), Arc::new(CountedIds::new()));
    Services { repository, feed, clock, ids }
}

fn caller() -> Caller {
    Caller {
        request_id: "request-1".to_owned(),
        actor: Some("tester".to_owned()),
        role: Role::Admin,
        expires_at: None,
    }
}

/// A stream of responses.
pub struct Responses(BoxStream<'static, Response>);

impl Responses {
    /// The responses to a document with variables.
    pub fn of(api: &Api, document: &str, variables: Value) -> Self {
        let request = Request::new(document).variables(Variables::from_json(variables));
        Self(match api.check(request) {
            Ok(checked) => api.subscribe(checked, caller()),
            Err(errors) => stream::iter([Response::from_errors(errors)]).boxed(),
        })
    }

    /// The next response as JSON; none at the end.
    pub async fn next(&mut self) -> Option<Value> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        let response = next.expect("a response or the end comes");
        response.map(|response| serde_json::to_value(response).unwrap())
    }

    /// The next response, which must be an event of `videoChanges`.
    pub async fn event(&mut self) -> Value {
        data(self.next().await.expect("the stream goes on"))["videoChanges"].take()
    }

    /// The code and the message of the only response.
    pub async fn refusal(mut self) -> (String, String) {
        let response = self.next().await.expect("there is a response");
        assert_eq!(self.next().await, None, "{response:#}");
        assert_eq!(response["data"], Value::Null, "{response:#}");
        let (code, message) = error(&response);
        (code.to_owned(), message.to_owned())
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

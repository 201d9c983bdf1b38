//! Requests that would take too long, and what becomes of the others meanwhile and afterwards.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Request, Variables};
use futures_util::future::join_all;
use reelgraph::domain::{NewVideo, Role, SystemClock, Text};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::{Api, Caller, Services};
use reelgraph::repository::sqlite::{SqliteRepository, SqliteSettings};
use reelgraph::repository::{OnConflict, VideoRepository};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::clock::{CountedIds, TickingClock, counted_id};
use crate::support::graphql::{data, error};
use crate::support::videos::{by, video};

/// A library in which text can be looked for as slowly as SQLite knows how.
struct Library {
    api: Api,
    _directory: TempDir,
}

impl Library {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        // Many times what little takes on a busy machine, and a fraction of what too much takes.
        let read_limit = Duration::from_secs(5);
        let settings = SqliteSettings { read_limit, ..SqliteSettings::default() };
        let file = directory.path().join("library.db");
        let store = SqliteRepository::open_with(&file, settings).await.unwrap();
        store
            .insert_many((1..=1000).map(monotonous).collect(), OnConflict::Fail, by(1))
            .await
            .unwrap();
        let repository = Arc::new(store);
        let api = Api::new(Services {
            feed: Feed::new(repository.clone(), Arc::new(SystemClock), FeedSettings::default()),
            repository,
            clock: Arc::new(TickingClock::new()),
            ids: Arc::new(CountedIds::new()),
        });
        Self { api, _directory: directory }
    }

    async fn ask(&self, document: &str, variables: Value) -> Value {
        let request = Request::new(document).variables(Variables::from_json(variables));
        let caller = Caller {
            request_id: "request-1".to_owned(),
            actor: None,
            role: Role::Admin,
            expires_at: None,
        };
        let checked = self.api.check(request).unwrap();
        serde_json::to_value(self.api.execute(checked, caller).await).unwrap()
    }

    /// The response to a request that takes many times as long as it may.
    async fn ask_too_much(&self) -> Value {
        let document = "query ($filter: VideoFilter) { videos(filter: $filter) { totalCount } }";
        let parts: Vec<Value> = (0..200)
            .map(|number| json!({ "path": { "contains": format!("{}{number}", "a".repeat(29)) } }))
            .collect();
        self.ask(document, json!({ "filter": { "or": parts } })).await
    }

    /// Asks for something that is found at once.
    async fn ask_little(&self) {
        let document = "{ videos(first: 1) { totalCount nodes { id } } }";
        let found = data(self.ask(document, json!({})).await);
        assert_eq!(found["videos"]["totalCount"], 1000);
    }
}

/// A video whose path begins with what is looked for at every place, but for its end.
fn monotonous(number: u64) -> NewVideo {
    let mut video = video(1);
    video.id = counted_id(number);
    video.values.path = Text::new(&format!("{}/{number}", "a".repeat(4000))).unwrap();
    video
}

#[track_caller]
fn assert_given_up(response: &Value) {
    let message = "timed out after 5 s: narrow the filter or the search, or omit totalCount";
    assert_eq!(error(response), ("TIMEOUT", message));
    assert_eq!(response["data"], Value::Null);
}

#[tokio::test]
async fn what_takes_too_long_is_given_up_while_others_are_answered() {
    let library = Library::new().await;
    let others = async {
        for _ in 0..50 {
            library.ask_little().await;
        }
    };
    let (response, ()) = tokio::join!(library.ask_too_much(), others);
    assert_given_up(&response);
}

#[tokio::test]
async fn what_was_given_up_leaves_its_connection_to_others() {
    let library = Library::new().await;
    // More than there are connections. Some are given up before their turn comes.
    for response in join_all((0..9).map(|_| library.ask_too_much())).await {
        assert_eq!(error(&response).0, "TIMEOUT");
        assert_eq!(response["data"], Value::Null);
    }
    for _ in 0..9 {
        library.ask_little().await;
    }
}

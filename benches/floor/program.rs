//! The floor: a server that answers the same requests with nothing between HTTP and SQLite. It knows
//! each of them by its path, reads of the body only the variables, and writes its JSON by hand.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use rusqlite::Connection;
use serde::Deserialize;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::json::{CursorPosition, Json};
use super::reading;
use super::writing::{Update, Writer};

struct Floor {
    file: PathBuf,
    /// The connections that nobody reads with at the moment.
    idle: Mutex<Vec<Connection>>,
    writer: Writer,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    variables: Variables<'a>,
}

#[derive(Deserialize)]
struct Variables<'a> {
    after: Option<&'a str>,
    id: Option<Uuid>,
    width: Option<i32>,
    #[serde(borrow)]
    filename: Option<Cow<'a, str>>,
}

/// Serves the library in this file until the process ends.
pub async fn serve(file: &Path) {
    let writer = Writer::start(file).expect("the library can be written");
    let floor = Arc::new(Floor { file: file.to_owned(), idle: Mutex::default(), writer });
    let router = Router::new()
        .route("/constant", post(async |_: Bytes| shown(CONSTANT.into())))
        .route("/page", post(page))
        .route("/by-id", post(by_id))
        .route("/nested", post(nested))
        .route("/update", post(update))
        .with_state(floor);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    writeln!(std::io::stdout(), "http://{address}/").expect("somebody reads the address");
    axum::serve(listener, router).await.expect("it goes on for ever");
}

const CONSTANT: &[u8] = br#"{"data":{"__typename":"Query"}}"#;

async fn page(State(floor): State<Arc<Floor>>, body: Bytes) -> impl IntoResponse {
    let after = variables(&body).after;
    let after = after.map(|cursor| CursorPosition::of_cursor(cursor).expect("a sound cursor"));
    shown(floor.read(|connection| reading::page(connection, after.as_ref())))
}

async fn by_id(State(floor): State<Arc<Floor>>, body: Bytes) -> impl IntoResponse {
    let id = variables(&body).id.expect("an ID");
    shown(floor.read(|connection| reading::by_id(connection, id.as_bytes())))
}

async fn nested(State(floor): State<Arc<Floor>>, _: Bytes) -> impl IntoResponse {
    shown(floor.read(reading::nested))
}

async fn update(State(floor): State<Arc<Floor>>, body: Bytes) -> impl IntoResponse {
    let asked = variables(&body);
    let id = asked.id.expect("an ID").into_bytes();
    let filename = asked.filename.map(Cow::into_owned);
    let version = floor.writer.update(Update { id, width: asked.width, filename }).await;
    let mut json = Json::beginning(r#"{"data":{"updateVideo":{"video":{"version":"#);
    json.value(version);
    shown(json.ending(r#"},"userErrors":[]}}}"#))
}

fn variables(body: &[u8]) -> Variables<'_> {
    let body: Body<'_> = serde_json::from_slice(body).expect("a request");
    body.variables
}

fn shown(answer: Vec<u8>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/graphql-response+json")], answer)
}

impl Floor {
    /// What reading with one of the connections comes to.
    fn read(&self, reading: impl FnOnce(&Connection) -> rusqlite::Result<Vec<u8>>) -> Vec<u8> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = idle().pop();
        let connection = connection
            .unwrap_or_else(|| reading::open(&self.file).expect("the library can be opened"));
        let answer = reading(&connection).expect("the library can be read");
        idle().push(connection);
        answer
    }
}

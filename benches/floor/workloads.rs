//! What is asked of both programs.

use std::borrow::Cow;
use std::path::Path;

use reelgraph::domain::{
    PageRequest, SortPosition, SortValue, Video, VideoFilter, VideoId, VideoOrder,
};
use reelgraph::graphql::schema::cursor::Cursor;
use serde_json::{Value, json};

use super::documents::{BY_ID, NESTED, PAGE, UPDATE};
use super::support::Library;

/// How many changes each of the newest videos has, at least.
const HISTORY: i32 = 6;
/// How many of the newest videos have them: more than a page.
const NEWEST: usize = 64;
/// In how many parts of the library are the videos that are asked for by ID, a page in each.
const PARTS: i64 = 20;

/// One request.
pub struct Request {
    /// Where the floor takes it; Reelgraph takes all at `/graphql`.
    pub path: &'static str,
    /// A GraphQL request as JSON.
    pub body: String,
}

impl Request {
    pub fn new(path: &'static str, document: &str, variables: &Value) -> Self {
        Self { path, body: json!({ "query": document, "variables": variables }).to_string() }
    }

    /// Whether it changes the library.
    pub fn is_write(&self) -> bool {
        self.path == UPDATES
    }
}

const UPDATES: &str = "/update";

/// Requests of one kind.
pub struct Workload {
    /// What the table calls it.
    pub name: &'static str,
    request: Box<dyn Fn(usize) -> Request + Sync>,
}

impl Workload {
    pub fn new(name: &'static str, request: impl Fn(usize) -> Request + Sync + 'static) -> Self {
        Self { name, request: Box::new(request) }
    }

    /// The request with this number. No two that change a video make it the same.
    pub fn request(&self, number: usize) -> Request {
        (self.request)(number)
    }
}

/// Places and videos of a library that requests name.
#[derive(Clone)]
pub struct Subjects {
    half: String,
    ids: Vec<String>,
}

impl Subjects {
    /// Those of a library. Its parts are equal in time.
    async fn of(library: &Library) -> Self {
        let newest = created_at(library, &PageRequest::first(1)).await;
        let oldest = created_at(library, &PageRequest::Backward { limit: 1, before: None }).await;
        let after = |part: i64| SortPosition {
            keys: vec![SortValue::Integer(oldest + (newest - oldest) / PARTS * part)],
            id: VideoId::from_bytes([0; 16]),
        };
        let mut ids = Vec::new();
        for part in 1..=PARTS {
            let page = PageRequest::Forward { limit: 50, after: Some(after(part)) };
            ids.extend(list(library, &page).await.iter().map(|video| video.id.to_string()));
        }
        let order = Cow::Owned(VideoOrder::default());
        let half = Cursor::Video { order, place: after(PARTS / 2) };
        Self { half: half.encode(), ids }
    }

    /// The video that a request with this number asks for.
    pub fn id(&self, number: usize) -> &str {
        // They come from all over the library, and not page by page.
        &self.ids[number * 7 % self.ids.len()]
    }

    /// How often all of them were asked for before this request.
    fn round(&self, number: usize) -> usize {
        number / self.ids.len()
    }
}

/// When the one video of a page was added.
async fn created_at(library: &Library, page: &PageRequest<SortPosition>) -> i64 {
    let videos = list(library, page).await;
    videos.first().expect("a library that is not empty").created_at.as_micros()
}

async fn list(library: &Library, page: &PageRequest<SortPosition>) -> Vec<Video> {
    let (filter, order) = (VideoFilter::everything(), VideoOrder::default());
    let page = library.repository.list(&filter, &order, page).await;
    page.expect("the library can be read").items
}

/// Makes a library of as many videos in this file, unless it has them, in which the newest ones have a
/// history.
pub async fn prepare(file: &Path, videos: usize) -> Subjects {
    let library = Library::new(file, videos).await;
    add_history(&library).await;
    let subjects = Subjects::of(&library).await;
    library.repository.close().await.expect("the library can be closed");
    subjects
}

/// Sees to it that the newest videos have a history.
async fn add_history(library: &Library) {
    for video in list(library, &PageRequest::first(NEWEST)).await {
        for version in video.version..HISTORY {
            let variables = json!({ "id": video.id.to_string(), "width": 100 + version });
            library.ask(UPDATE, variables).await;
        }
    }
}

/// What is measured, in the order of the table.
pub fn workloads(subjects: &Subjects) -> Vec<Workload> {
    let half = subjects.half.clone();
    let of_subjects = |name, request: fn(&Subjects, usize) -> Request| {
        let subjects = subjects.clone();
        Workload::new(name, move |number| request(&subjects, number))
    };
    vec![
        Workload::new("HTTP alone", |_| Request::new("/constant", "{ __typename }", &json!({}))),
        Workload::new("page of 50", |_| Request::new("/page", PAGE, &json!({}))),
        Workload::new("page of 50 at half of the library", move |_| {
            Request::new("/page", PAGE, &json!({ "after": half }))
        }),
        of_subjects("one video by ID", by_id),
        Workload::new("page of 50 with 5 entries each", |_| {
            Request::new("/nested", NESTED, &json!({}))
        }),
        of_subjects("update of the width", resize),
        of_subjects("update of the filename", rename),
        of_subjects("90 % by ID, 10 % updates", |subjects, number| match number % 10 {
            0 => resize(subjects, number),
            _ => by_id(subjects, number),
        }),
    ]
}

fn by_id(subjects: &Subjects, number: usize) -> Request {
    Request::new("/by-id", BY_ID, &json!({ "id": subjects.id(number) }))
}

fn resize(subjects: &Subjects, number: usize) -> Request {
    let width = 10_000 + subjects.round(number);
    Request::new(UPDATES, UPDATE, &json!({ "id": subjects.id(number), "width": width }))
}

fn rename(subjects: &Subjects, number: usize) -> Request {
    let filename = format!("The Take of {} Films ({number}).mkv", subjects.round(number));
    Request::new(UPDATES, UPDATE, &json!({ "id": subjects.id(number), "filename": filename }))
}

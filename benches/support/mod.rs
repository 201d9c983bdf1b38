//! What the benchmarks share: a library of any size, and the way to ask it.

pub mod records;

use std::env;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::{Request, Variables};
use reelgraph::domain::{RandomIds, Role, SystemClock, VideoFilter};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::graphql::execution::direct::{estimated_length, write_response};
use reelgraph::graphql::{Api, Caller, Services};
use reelgraph::repository::sqlite::{SqliteRepository, SqliteSettings};
use reelgraph::repository::{OnConflict, VideoRepository};
use reelgraph::transfer::{ImportOptions, import};
use serde_json::Value;

use self::records::records;

/// How many videos to measure with: the numbers in `REELGRAPH_BENCH_VIDEOS`, parted by commas.
pub fn sizes(default: &str) -> Vec<usize> {
    let sizes = env::var("REELGRAPH_BENCH_VIDEOS").unwrap_or_else(|_| default.to_owned());
    let size = |text: &str| text.trim().parse().expect("REELGRAPH_BENCH_VIDEOS has numbers");
    sizes.split(',').map(size).collect()
}

/// A library, and the ways to ask it.
pub struct Library {
    pub repository: Arc<dyn VideoRepository>,
    api: Api,
}

impl Library {
    /// Makes a library of as many videos in this file, unless it has them.
    pub async fn new(file: &Path, videos: usize) -> Self {
        Self::with(SqliteSettings::default(), file, videos).await
    }

    /// The same, used as `settings` say.
    pub async fn with(settings: SqliteSettings, file: &Path, videos: usize) -> Self {
        let repository = SqliteRepository::open_with(file, settings).await.expect("a new library");
        Self::of(Arc::new(repository), videos).await
    }

    /// The library in this store, which is filled if it is empty.
    pub async fn of(repository: Arc<dyn VideoRepository>, videos: usize) -> Self {
        let found = repository.count(&VideoFilter::everything()).await.expect("a count");
        match usize::try_from(found) {
            Ok(0) => fill(&*repository, videos).await,
            found => assert_eq!(found, Ok(videos), "the library has another number of videos"),
        }
        let api = Api::new(Services {
            repository: repository.clone(),
            feed: Feed::new(repository.clone(), Arc::new(SystemClock), FeedSettings::default()),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        });
        Self { repository, api }
    }

    /// The answer to a document, as the text that a client gets.
    pub async fn ask(&self, document: &str, variables: Value) -> Vec<u8> {
        let request = Request::new(document).variables(Variables::from_json(variables));
        let caller = Caller {
            request_id: "bench".to_owned(),
            actor: None,
            role: Role::Admin,
            expires_at: None,
        };
        let checked = self.api.check(request).expect("a valid document");
        let response = self.api.execute(checked, caller).await;
        assert!(response.is_ok(), "{document}: {:?}", response.errors);
        let mut text = Vec::with_capacity(estimated_length(&response));
        write_response(&response, &mut text).expect("memory takes what is written");
        text
    }
}

async fn fill(repository: &dyn VideoRepository, videos: usize) {
    let begin = Instant::now();
    let options = ImportOptions {
        on_conflict: OnConflict::Fail,
        request_id: "bench".to_owned(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let text = BufReader::new(Lines { lines: records(videos), rest: Vec::new() });
    import(repository, text, options, |_| {}).await.expect("the records are good");
    eprintln!("imported {videos} videos in {:.1} s", begin.elapsed().as_secs_f64());
}

/// Text that is made while it is read.
struct Lines<I> {
    lines: I,
    rest: Vec<u8>,
}

impl<I: Iterator<Item = String>> Read for Lines<I> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            self.rest = self.lines.next().unwrap_or_default().into_bytes();
        }
        let length = self.rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }
}

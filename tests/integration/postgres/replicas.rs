//! Queries that are read from replicas of a PostgreSQL server.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reelgraph::domain::{Clock, LogPosition, SystemClock};
use reelgraph::feed::{Feed, FeedSettings};
use reelgraph::metrics::{Format, Metrics, MetricsSettings};
use reelgraph::repository::postgres::{PostgresRepository, PostgresSettings};
use reelgraph::repository::{CopyActivity, RepositoryError, VideoReader, VideoRepository};
use serde_json::{Value, json};
use ureq::http::HeaderMap;

use crate::support::binary::read_until;
use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, input};
use crate::support::http::{Listening, backend};
use crate::support::postgres::{execute, unhurried, wait_for_number};
use crate::support::process::PATIENCE;
use crate::support::replica::Replicated;
use crate::support::videos::{by, video};
use crate::support::watched_store::WatchedStore;

const COUNT: &str = "{ videos { totalCount } }";
const PLACE: &str = "reelgraph-place";

/// A library in PostgreSQL with a replica, and a server over it.
struct Library {
    store: Arc<dyn VideoRepository>,
    server: Listening,
    servers: Replicated,
}

impl Library {
    async fn open(settings: PostgresSettings) -> Self {
        let servers = Replicated::start().await;
        let settings =
            PostgresSettings { replicas: vec![servers.replica().parse().unwrap()], ..settings };
        let store = PostgresRepository::open(&servers.primary(), settings).await.unwrap();
        let store: Arc<dyn VideoRepository> = Arc::new(store);
        let watched = Arc::new(WatchedStore::over(Arc::clone(&store)));
        let server = Listening::start(backend(&watched)).await;
        let library = Self { store, server, servers };
        library.until(|replica| replica.is_used).await;
        library
    }

    fn replica(&self) -> CopyActivity {
        let mut copies = self.store.copies();
        assert_eq!(copies.len(), 1);
        copies.remove(0)
    }

    /// Waits until the replica is like this.
    async fn until(&self, is_so: impl Fn(&CopyActivity) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so(&self.replica()) {
            assert!(Instant::now() < deadline, "{:?}", self.replica());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the replica has everything.
    async fn until_it_follows(&self) {
        let newest = self.store.newest().await.unwrap();
        let deadline = Instant::now() + PATIENCE;
        while self.store.copy_for(Some(newest)).await.is_none() {
            assert!(Instant::now() < deadline, "{:?}", self.replica());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn post(&self, body: Value, place: &str) -> (HeaderMap, Value) {
        let url = format!("http://{}/graphql", self.server.address);
        let request =
            ureq::post(url).header("content-type", "application/json").header(PLACE, place);
        let answer = move || {
            let mut answer = request.send(body.to_string()).unwrap();
            (answer.headers().clone(), answer.body_mut().read_to_string().unwrap())
        };
        let (headers, body) = tokio::task::spawn_blocking(answer).await.unwrap();
        (headers, serde_json::from_str(&body).unwrap())
    }

    /// Adds a video, and returns the place of that.
    async fn add(&self, path: &str) -> String {
        let body = json!({ "query": ADD, "variables": { "input": input(path) } });
        let (headers, answer) = self.post(body, "").await;
        let place = headers.get(PLACE).unwrap_or_else(|| panic!("{answer}"));
        place.to_str().unwrap().to_owned()
    }

    /// How many videos a query with this place shows, and whether it was read from the replica.
    async fn count(&self, place: &str) -> (u64, bool) {
        let before = self.replica().queries;
        let answer = self.post(json!({ "query": COUNT }), place).await.1;
        let count = answer["data"]["videos"]["totalCount"].as_u64();
        let count = count.unwrap_or_else(|| panic!("{answer}"));
        (count, self.replica().queries > before)
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_caller_sees_its_changes_whether_it_sends_the_place_back_or_not() {
    let library = Library::open(unhurried()).await;
    assert_eq!(library.count("").await, (0, true));
    library.servers.pause().await;
    let place = library.add("/a.mkv").await;
    assert_eq!(library.count("").await, (1, false));
    assert_eq!(library.count(&place).await, (1, false));
    library.servers.resume().await;
    library.until_it_follows().await;
    assert_eq!(library.count("").await, (1, true));
    assert_eq!(library.count(&place).await, (1, true));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn others_may_see_the_state_of_the_replica_unless_they_send_a_place() {
    let library = Library::open(unhurried()).await;
    library.servers.pause().await;
    let place = library.add("/a.mkv").await;
    // Another instance, which knows nothing of the writer.
    let watched = Arc::new(WatchedStore::over(Arc::clone(&library.store)));
    let other = Library { server: Listening::start(backend(&watched)).await, ..library };
    assert_eq!(other.count("").await, (0, true));
    assert_eq!(other.count(&place).await, (1, false));
    let snapshot = json!({ "query": "{ videos { totalCount } changesCursor }" });
    let old = other.post(snapshot.clone(), "").await.1;
    let new = other.post(snapshot, &place).await.1;
    assert_eq!(old["data"]["videos"]["totalCount"], 0, "{old}");
    assert_ne!(old["data"]["changesCursor"], place, "{old}");
    assert_eq!(new["data"], json!({ "videos": { "totalCount": 1 }, "changesCursor": place }));
    other.servers.resume().await;
    other.until_it_follows().await;
    assert_eq!(other.count("").await, (1, true));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_replica_that_is_behind_is_left_out_until_it_has_caught_up() {
    let max_replica_lag = Duration::from_millis(1);
    let library = Library::open(PostgresSettings { max_replica_lag, ..unhurried() }).await;
    library.servers.pause().await;
    library.add("/a.mkv").await;
    library.until(|replica| !replica.is_used).await;
    let replica = library.replica();
    assert_eq!(replica.changes_behind, Some(1), "{replica:?}");
    assert!(replica.behind > Some(max_replica_lag), "{replica:?}");
    let metrics = Metrics::new(MetricsSettings { started: SystemClock.now(), operation_names: 1 });
    let feed =
        Feed::new(Arc::clone(&library.store), Arc::new(SystemClock), FeedSettings::default());
    metrics.watch(Arc::clone(&library.store), feed, Arc::new(SystemClock));
    let text = metrics.text(Format::OpenMetrics).await;
    let server = format!("{{server=\"{}\"}}", replica.server);
    for metric in ["used", "queries_total", "lag_seconds", "lag_changes"] {
        assert!(text.contains(&format!("reelgraph_replica_{metric}{server} ")), "{metric}\n{text}");
    }
    assert!(text.contains(&format!("reelgraph_replica_used{server} 0\n")), "{text}");
    assert_eq!(library.count("").await, (1, false));
    library.servers.resume().await;
    library.until(|replica| replica.is_used).await;
    assert_eq!(library.replica().changes_behind, Some(0));
    assert_eq!(library.count("").await, (1, true));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn queries_go_on_while_a_replica_is_away() {
    let library = Library::open(unhurried()).await;
    library.add("/a.mkv").await;
    library.until_it_follows().await;
    assert_eq!(library.count("").await, (1, true));
    library.servers.stop_replica();
    // Whether it is known to be away by now or not.
    assert_eq!(library.count("").await.0, 1);
    library.until(|replica| !replica.is_used).await;
    assert_eq!(library.replica().behind, None);
    assert_eq!(library.count("").await, (1, false));
    library.servers.start_replica();
    library.until(|replica| replica.is_used).await;
    assert_eq!(library.count("").await, (1, true));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn only_a_replica_of_the_primary_is_read() {
    let servers = Replicated::start().await;
    let other = Replicated::start().await;
    let urls = [servers.primary(), other.replica(), servers.replica()];
    let replicas = urls.iter().map(|url| url.parse().unwrap()).collect();
    let settings = PostgresSettings { replicas, ..unhurried() };
    for (index, servers) in [&servers, &other].into_iter().enumerate() {
        let store = PostgresRepository::open(&servers.primary(), settings.clone()).await.unwrap();
        store.insert(video(index as u64), by(7)).await.unwrap();
        // The second time, both logs have one entry, which is not the same.
        let deadline = Instant::now() + PATIENCE;
        let reasons = || store.copies().into_iter().map(|copy| copy.reason).collect::<Vec<_>>();
        let expected = [
            "it is not a replica, or no longer one",
            ["it does not have the tables of this version yet", ""][index],
            ["", "its log is not that of the primary"][index],
        ];
        while reasons().iter().map(|it| it.as_deref().unwrap_or_default()).ne(expected) {
            assert!(Instant::now() < deadline, "{:?}", store.copies());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        store.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_replica_without_the_newest_migration_is_not_read() {
    let library = Library::open(unhurried()).await;
    let primary = library.servers.primary();
    let newest = "name = (SELECT max(name) FROM migrations)";
    execute(&primary, &format!("CREATE TABLE kept AS SELECT * FROM migrations WHERE {newest}"))
        .await;
    execute(&primary, &format!("DELETE FROM migrations WHERE {newest}")).await;
    let reason = "it does not have the tables of this version yet";
    library.until(|replica| replica.reason.as_deref() == Some(reason)).await;
    assert_eq!(library.count("").await, (0, false));
    execute(&primary, "INSERT INTO migrations SELECT * FROM kept").await;
    library.until(|replica| replica.is_used).await;
    assert_eq!(library.count("").await, (0, true));
}

/// How many of so many queries each copy is given.
async fn turns(store: &PostgresRepository, queries: usize, place: Option<LogPosition>) -> Vec<u64> {
    let counts = || store.copies().into_iter().map(|copy| copy.queries).collect::<Vec<_>>();
    let before = counts();
    for _ in 0..queries {
        assert!(store.copy_for(place).await.is_some(), "{:?}", store.copies());
    }
    counts().iter().zip(before).map(|(after, before)| after - before).collect()
}

/// Waits until these copies are used, and no others.
async fn wait_for_use(store: &PostgresRepository, expected: [bool; 3]) {
    let deadline = Instant::now() + PATIENCE;
    while store.copies().iter().map(|copy| copy.is_used).ne(expected) {
        assert!(Instant::now() < deadline, "{:?}", store.copies());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn queries_take_turns_among_the_replicas_that_are_fit() {
    let servers = Replicated::start().await;
    let urls = [servers.nowhere(), servers.replica(), servers.start_another()];
    let settings = PostgresSettings {
        replicas: urls.iter().map(|url| url.parse().unwrap()).collect(),
        max_replica_lag: Duration::from_millis(1),
        ..unhurried()
    };
    let store = PostgresRepository::open(&servers.primary(), settings).await.unwrap();
    wait_for_use(&store, [false, true, true]).await;
    assert_eq!(turns(&store, 10, None).await, [0, 5, 5]);
    servers.pause().await;
    store.insert(video(1), by(1)).await.unwrap();
    wait_for_use(&store, [false, false, true]).await;
    let newest = store.newest().await.unwrap();
    assert_eq!(turns(&store, 10, Some(newest)).await, [0, 0, 10]);
    servers.resume().await;
    wait_for_use(&store, [false, true, true]).await;
    assert_eq!(turns(&store, 10, Some(newest)).await, [0, 5, 5]);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_subscription_shows_what_the_replica_does_not_have_yet() {
    // It stays in use, however far it is behind.
    let max_replica_lag = Duration::from_secs(3600);
    let library = Library::open(PostgresSettings { max_replica_lag, ..unhurried() }).await;
    library.servers.pause().await;
    let query = "subscription { videoChanges(marks: true) { kind currentVideo { path } } }";
    let body = json!({ "query": query }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(library.server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all((head + &body).as_bytes()).unwrap();
    let next = |mut stream: TcpStream, part: &'static str| async move {
        tokio::task::spawn_blocking(move || (read_until(&mut stream, part), stream)).await.unwrap()
    };
    let (_, stream) = next(stream, "CAUGHT_UP").await;
    library.add("/a.mkv").await;
    let (event, _) = next(stream, "\"kind\":\"CHANGE\",\"currentVideo\":{").await;
    assert!(!event.contains("errors"), "{event}");
    library.until(|replica| replica.changes_behind == Some(1)).await;
}

/// Has a primary confirm nothing before its replica has it.
async fn make_synchronous(primary: &str) {
    execute(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'").await;
    execute(primary, "SELECT pg_reload_conf()").await;
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
    wait_for_number(primary, synchronous, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_change_is_not_acknowledged_before_a_synchronous_replica_has_it() {
    let servers = Replicated::start().await;
    let primary = servers.primary();
    let store = Arc::new(PostgresRepository::open(&primary, unhurried()).await.unwrap());
    make_synchronous(&primary).await;
    store.insert(video(1), by(1)).await.unwrap();
    servers.stop_replica();
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.insert(video(2), by(1)).await }
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    wait_for_number(&primary, waiting, 1).await;
    assert!(!writing.is_finished());
    assert_eq!(store.newest().await.unwrap().sequence, 1);
    servers.start_replica();
    writing.await.unwrap().unwrap();
    assert_eq!(store.newest().await.unwrap().sequence, 2);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
async fn a_change_is_of_unknown_outcome_while_its_synchronous_replica_stays_away() {
    let servers = Replicated::start().await;
    let primary = servers.primary();
    make_synchronous(&primary).await;
    let short = Duration::from_secs(1);
    let limits = PostgresSettings { write_limit: short, outcome_limit: short, ..unhurried() };
    let store = PostgresRepository::open(&primary, limits).await.unwrap();
    store.insert(video(1), by(1)).await.unwrap();
    servers.stop_replica();
    let outcome = store.insert(video(2), by(1)).await;
    assert!(matches!(outcome, Err(RepositoryError::OutcomeUnknown)), "{outcome:?}");
    // Whatever comes next must not be acknowledged either.
    let outcome = store.insert(video(3), by(1)).await;
    assert!(outcome.is_err(), "{outcome:?}");
    servers.kill_primary();
    servers.start_replica();
    servers.promote();
    let promoted = PostgresRepository::open(&servers.replica(), unhurried()).await.unwrap();
    let found = promoted.get_many(&[1, 2, 3].map(counted_id)).await.unwrap();
    let is_there = found.iter().map(Option::is_some).collect::<Vec<_>>();
    assert_eq!(is_there, [true, false, false]);
    assert_eq!(promoted.newest().await.unwrap().sequence, 1);
    promoted.close().await.unwrap();
}

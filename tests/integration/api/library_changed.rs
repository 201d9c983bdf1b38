//! Subscriptions to the state of the library: what an event has, and where it resumes.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use reelgraph::domain::NewVideo;
use reelgraph::domain::catalogue::RootLook;
use reelgraph::feed::FeedSettings;
use reelgraph::repository::{OnConflict, VideoRepository};
use serde_json::{Value, json};

use crate::support::catalogue::{root, root_id, root_node_id};
use crate::support::clock::counted_id;
use crate::support::graphql::{ADD, Responses, TestApi, data, input};
use crate::support::videos::{by, text, video_with};

const FOLLOW: &str = "subscription ($filter: VideoFilter, $after: String) {
  libraryChanged(filter: $filter, after: $after) {
    cursor videoIds membershipChanged rootIds
  }
}";

/// An API over as many videos, whose events come as soon as they can.
async fn api(videos: usize) -> TestApi {
    let library_interval = Duration::from_millis(1);
    let api = TestApi::with_settings(FeedSettings { library_interval, ..FeedSettings::default() });
    api.add(videos).await;
    api
}

async fn event(stream: &mut Responses) -> Value {
    data(stream.next().await.expect("the stream goes on"))["libraryChanged"].take()
}

async fn changes_cursor(api: &TestApi) -> Value {
    data(api.ask("{ changesCursor }").await)["changesCursor"].take()
}

async fn set_codec(api: &TestApi, number: u64, codec: &str) {
    let input = json!({ "id": counted_id(number).to_string(), "videoCodec": codec });
    let document = "mutation ($input: UpdateVideoInput!) {
      updateVideo(input: $input) { auditEntry { id } }
    }";
    data(api.ask_with(document, json!({ "input": input })).await);
}

/// The event that lists these videos, at the end of the log.
async fn expected(api: &TestApi, numbers: &[u64], membership_changed: bool) -> Value {
    let ids: Vec<String> = numbers.iter().map(|number| counted_id(*number).to_string()).collect();
    json!({
        "cursor": changes_cursor(api).await,
        "videoIds": ids,
        "membershipChanged": membership_changed,
        "rootIds": [],
    })
}

/// The event that says nothing but that anything may have changed.
fn unknown(cursor: &Value) -> Value {
    json!({ "cursor": cursor, "videoIds": null, "membershipChanged": true, "rootIds": [] })
}

#[tokio::test]
async fn the_first_event_comes_at_once_and_each_cursor_can_be_resumed_from() {
    let api = api(2).await;
    let start = changes_cursor(&api).await;
    let mut stream = api.follow(FOLLOW, json!({}));
    assert_eq!(event(&mut stream).await, unknown(&start));
    set_codec(&api, 2, "av1").await;
    let first = event(&mut stream).await;
    assert_eq!(first, expected(&api, &[2], false).await);
    data(api.ask_with(ADD, json!({ "input": input("/new.mkv") })).await);
    assert_eq!(event(&mut stream).await, expected(&api, &[3], true).await);
    for (after, numbers, membership_changed) in [
        (start, &[2, 3][..], true),
        (first["cursor"].clone(), &[3], true),
        (changes_cursor(&api).await, &[], false),
    ] {
        let mut resumed = api.follow(FOLLOW, json!({ "after": after }));
        let expected = expected(&api, numbers, membership_changed).await;
        assert_eq!(event(&mut resumed).await, expected);
    }
    let mut of_changes = api.follow(
        "subscription ($after: String) { videoChanges(after: $after) { auditEntry { id } } }",
        json!({ "after": first["cursor"] }),
    );
    let id = format!("{}:1", counted_id(3));
    assert_eq!(of_changes.event().await["auditEntry"]["id"], id);
}

#[tokio::test]
async fn a_filter_selects_videos_before_and_after_their_changes() {
    let api = api(2).await;
    let variables = |codec| json!({ "filter": { "videoCodec": { "eq": codec } } });
    let mut of_av1 = api.follow(FOLLOW, variables("av1"));
    let mut of_h264 = api.follow(FOLLOW, variables("h264"));
    event(&mut of_av1).await;
    event(&mut of_h264).await;
    set_codec(&api, 1, "av1").await;
    let entered_and_left = expected(&api, &[1], true).await;
    assert_eq!(event(&mut of_av1).await, entered_and_left);
    assert_eq!(event(&mut of_h264).await, entered_and_left);
    set_codec(&api, 1, "vp9").await;
    assert_eq!(event(&mut of_av1).await, expected(&api, &[1], true).await);
}

#[tokio::test]
async fn a_search_selects_them_as_well() {
    let api = api(2).await;
    let search = json!({ "filter": { "search": "metropolis" } });
    let mut stream = api.follow(FOLLOW, search);
    event(&mut stream).await;
    data(api.ask_with(ADD, json!({ "input": input("/other.mkv") })).await);
    data(api.ask_with(ADD, json!({ "input": input("/Metropolis.1927.mkv") })).await);
    assert_eq!(event(&mut stream).await, expected(&api, &[4], true).await);
}

#[tokio::test]
async fn roots_are_named_whatever_the_filter_says() {
    let api = api(1).await;
    let catalogue = api.store.catalogue();
    for number in 1..=2 {
        assert!(catalogue.add_root(&root(number)).await.unwrap());
    }
    let nothing = json!({ "filter": { "path": { "eq": "/nowhere" } } });
    let mut stream = api.follow(FOLLOW, nothing);
    let first = event(&mut stream).await;
    assert_eq!(first["rootIds"], json!([root_node_id(1), root_node_id(2)]));
    let look = RootLook { fault: Some("It is empty.".to_owned()), device: None };
    catalogue.note_look(root_id(2), &look, None).await.unwrap();
    let mut changed = expected(&api, &[], false).await;
    changed["rootIds"] = json!([root_node_id(2)]);
    assert_eq!(event(&mut stream).await, changed);
}

#[tokio::test]
async fn every_change_may_enter_or_leave_a_list_by_files() {
    let api = api(2).await;
    for filter in [
        json!({ "availability": { "ne": "OFFLINE" } }),
        json!({ "not": { "rootId": { "isNull": false } } }),
        json!({ "or": [{ "width": { "eq": 1 } }, { "rootId": { "eq": "root:none" } }] }),
    ] {
        let start = changes_cursor(&api).await;
        let mut stream = api.follow(FOLLOW, json!({ "filter": filter, "after": start }));
        assert_eq!(event(&mut stream).await, expected(&api, &[], false).await);
        set_codec(&api, 1, &format!("{filter}")).await;
        assert_eq!(event(&mut stream).await, expected(&api, &[1], true).await);
    }
}

#[tokio::test]
async fn roots_and_files_that_change_count_for_lists_by_files() {
    let api = api(2).await;
    let catalogue = api.store.catalogue();
    assert!(catalogue.add_root(&root(1)).await.unwrap());
    let start = changes_cursor(&api).await;
    let filter = json!({ "availability": { "eq": "AVAILABLE" } });
    let mut stream = api.follow(FOLLOW, json!({ "filter": filter, "after": start }));
    let mut all_roots = unknown(&start);
    all_roots["rootIds"] = json!([root_node_id(1)]);
    assert_eq!(event(&mut stream).await, all_roots);
    let look = RootLook { fault: Some("It is empty.".to_owned()), device: None };
    catalogue.note_look(root_id(1), &look, None).await.unwrap();
    assert_eq!(event(&mut stream).await, all_roots);
    // Nothing of it is in the log.
    catalogue.move_root(root_id(1), b"/elsewhere").await.unwrap();
    assert_eq!(event(&mut stream).await, unknown(&start));
}

#[tokio::test]
async fn a_cursor_that_cannot_be_continued_says_to_read_the_list_again() {
    let api = api(2).await;
    let other = TestApi::with_videos(3).await;
    let page = data(api.ask("{ auditEntries { pageInfo { endCursor } } }").await);
    let of_a_list = page["auditEntries"]["pageInfo"]["endCursor"].clone();
    let newest = changes_cursor(&api).await;
    for after in [json!("nonsense"), json!(""), of_a_list, changes_cursor(&other).await] {
        let mut stream = api.follow(FOLLOW, json!({ "after": after }));
        assert_eq!(event(&mut stream).await, unknown(&newest), "{after}");
    }
}

#[tokio::test]
async fn a_filter_that_is_not_valid_is_refused() {
    let api = api(1).await;
    let refusal = api.follow(FOLLOW, json!({ "filter": { "not": null } })).refusal().await;
    let message = "filter.not must not be null: omit it".to_owned();
    assert_eq!(refusal, ("BAD_USER_INPUT".to_owned(), message));
}

#[tokio::test]
async fn an_import_of_twenty_thousand_videos_is_a_few_small_events() {
    let api = TestApi::new();
    let mut stream = api.follow(FOLLOW, json!({}));
    event(&mut stream).await;
    let begun = Instant::now();
    let (mut events, mut bytes) = (0, 0);
    let mut receive = |event: &Value| {
        events += 1;
        bytes += event.to_string().len();
    };
    for batch in 0..20_u64 {
        let video = |number: u64| {
            let path = text(&format!("/import/{number}.mkv"));
            NewVideo { id: counted_id(number), ..video_with(1, |values| values.path = path) }
        };
        let videos = (batch * 1000..(batch + 1) * 1000).map(video).collect();
        api.store.insert_many(videos, OnConflict::Fail, by(1)).await.unwrap();
        // Others evaluate it, and the client reads what there is.
        for _ in 0..100 {
            tokio::task::yield_now().await;
            event(&mut stream).now_or_never().iter().for_each(&mut receive);
        }
    }
    let newest = changes_cursor(&api).await;
    loop {
        let event = event(&mut stream).await;
        receive(&event);
        if event["cursor"] == newest {
            break;
        }
    }
    // Twice a second, each with a cursor and no more than a hundred IDs.
    assert!(events <= begun.elapsed().as_millis() / 500 + 2, "{events} events");
    assert!(bytes < usize::try_from(events).unwrap() * 200, "{bytes} bytes in {events} events");
}

//! Library roots, their scans and problems, and where the files of videos are.

use reelgraph::domain::Timestamp;
use reelgraph::domain::catalogue::{
    Problem, ProblemCode, Root, RootLook, RunnerId, ScanCounts, ScanEnd, ScanState,
};
use reelgraph::repository::catalogue::{Lease, NotedProblem};
use reelgraph::repository::{FileChange, VideoRepository};
use serde_json::{Value, json};

use crate::support::catalogue::{
    add_files, file_of, found, lose_files, order, root, root_id, root_node_id, scan_id,
    scan_node_id, served_root,
};
use crate::support::clock::counted_id;
use crate::support::graphql::{TestApi, data, error};
use crate::support::videos::second;

/// An API over a library with these roots.
async fn library(roots: &[Root]) -> TestApi {
    let api = TestApi::new();
    for root in roots {
        assert!(api.store.catalogue().add_root(root).await.unwrap());
    }
    api
}

/// A problem that was noted at this second.
fn problem(path: &[u8], code: ProblemCode, at: i64) -> NotedProblem {
    let (path, problem) = (path.to_vec(), Problem::new(code));
    NotedProblem { path, problem, since: second(at), mark: None, candidates: Vec::new() }
}

#[tokio::test]
async fn roots_are_listed_by_name_with_their_state() {
    let fault = Some("The folder is empty.".to_owned());
    let lost = Root { look: RootLook { fault, device: None }, ..served_root(1) };
    let left = Root { served_until: Some(Timestamp::MIN), ..root(2) };
    let raw = Root { directory: b"/disk/\xff".to_vec(), ..root(3) };
    let top = Root { directory: Vec::new(), ..served_root(4) };
    let api = library(&[top, raw, left, lost]).await;
    let document = "{ libraryRoots {
        id name directory pathPrefix state stateReason isWatched videoCount missingCount
        lastScan { id } problems { totalCount nodes { path } }
    } }";
    let roots = data(api.ask(document).await)["libraryRoots"].take();
    let shown = |number: u8, directory: &str, state: &str, reason: Value| {
        json!({
            "id": root_node_id(number), "name": format!("films-{number}"), "directory": directory,
            "pathPrefix": format!("/media/{number}"), "state": state, "stateReason": reason,
            "isWatched": false, "videoCount": 0, "missingCount": 0, "lastScan": null,
            "problems": { "totalCount": 0, "nodes": [] },
        })
    };
    let unserved = "No running server has the library root films-2 in its settings. Start one \
                    with --root films-2=DIR.";
    let expected = json!([
        shown(1, "/disk/1", "OFFLINE", json!("The folder is empty.")),
        shown(2, "/disk/2", "OFFLINE", json!(unserved)),
        shown(3, r"/disk/\xff", "ONLINE", Value::Null),
        shown(4, "/", "ONLINE", Value::Null),
    ]);
    assert_eq!(roots, expected);
}

#[tokio::test]
async fn a_root_is_watched_while_a_server_promises_it_and_it_can_be_reached() {
    let fault = Some("The folder is empty.".to_owned());
    let watched = |root: Root| Root { watched_until: Some(Timestamp::MAX), ..root };
    let lost = Root { look: RootLook { fault, device: None }, ..watched(served_root(1)) };
    let over = Root { watched_until: Some(Timestamp::MIN), ..served_root(3) };
    let api = library(&[lost, watched(served_root(2)), over]).await;
    let roots = data(api.ask("{ libraryRoots { isWatched } }").await);
    let expected = [false, true, false].map(|is_watched| json!({ "isWatched": is_watched }));
    assert_eq!(roots, json!({ "libraryRoots": expected }));
}

#[tokio::test]
async fn a_root_counts_its_videos_and_shows_its_newest_scan() {
    let api = library(&[root(1), root(2)]).await;
    add_files(&*api.store, 1, &[1, 2, 3]).await;
    lose_files(&*api.store, 1, &[2]).await;
    let catalogue = api.store.catalogue();
    for (number, of_root, at) in [(1, 1, 5), (2, 2, 7), (3, 1, 6)] {
        let paths = vec![format!("{number}")];
        let order = reelgraph::domain::catalogue::ScanOrder { paths, ..order(of_root) };
        catalogue.queue(scan_id(number), &order, second(at)).await.unwrap();
    }
    let document = "{ libraryRoots { videoCount missingCount lastScan { id state } } }";
    let expected = json!({ "libraryRoots": [
        { "videoCount": 3, "missingCount": 1,
          "lastScan": { "id": scan_node_id(3), "state": "QUEUED" } },
        { "videoCount": 0, "missingCount": 0,
          "lastScan": { "id": scan_node_id(2), "state": "QUEUED" } },
    ] });
    assert_eq!(data(api.ask(document).await), expected);
}

#[tokio::test]
async fn a_scan_shows_what_was_asked_for_and_what_it_did() {
    let api = library(&[root(1)]).await;
    let catalogue = api.store.catalogue();
    let asked = reelgraph::domain::catalogue::ScanOrder {
        paths: vec!["a/b".to_owned(), "c".to_owned()],
        requested_by: Some("anna".to_owned()),
        ..order(1)
    };
    catalogue.queue(scan_id(1), &asked, second(1)).await.unwrap();
    let lease = Lease { runner: RunnerId::from_bytes([0; 16]), until: Timestamp::MAX };
    catalogue.begin(&[root_id(1)], lease, second(2)).await.unwrap().unwrap();
    let counts = ScanCounts { seen: 8, held_back: 3, problems: u64::MAX, ..ScanCounts::default() };
    let message = Some("Confirm it.".to_owned());
    let end = ScanEnd { state: ScanState::NeedsConfirmation, counts, message };
    catalogue.end(scan_id(1), &end, RunnerId::from_bytes([0; 16]), second(3)).await.unwrap();
    let document = "{ scanJobs { nodes {
        id root { name } paths state phase progress requestedBy requestId createdAt startedAt
        endedAt counts { seen unchanged added heldBack problems } message
    } } }";
    let expected = json!({ "scanJobs": { "nodes": [{
        "id": scan_node_id(1), "root": { "name": "films-1" }, "paths": ["a/b", "c"],
        "state": "NEEDS_CONFIRMATION", "phase": null, "progress": null, "requestedBy": "anna",
        "requestId": format!("scan-{}", scan_id(1)),
        "createdAt": "2026-01-01T00:00:01.000000Z", "startedAt": "2026-01-01T00:00:02.000000Z",
        "endedAt": "2026-01-01T00:00:03.000000Z",
        "counts": { "seen": 8, "unchanged": 0, "added": 0, "heldBack": 3, "problems": i32::MAX },
        "message": "Confirm it.",
    }] } });
    assert_eq!(data(api.ask(document).await), expected);
}

#[tokio::test]
async fn scans_come_in_pages_by_root_and_state() {
    let api = library(&[root(1), root(2)]).await;
    let catalogue = api.store.catalogue();
    for number in 1..=5 {
        let of_root = 1 + number % 2;
        let paths = vec![number.to_string()];
        let order = reelgraph::domain::catalogue::ScanOrder { paths, ..order(of_root) };
        catalogue.queue(scan_id(number), &order, second(number.into())).await.unwrap();
    }
    catalogue.cancel(scan_id(3), second(9)).await.unwrap();
    let list = async |arguments: &str| {
        let document = format!(
            "{{ scanJobs({arguments}) {{ totalCount edges {{ cursor node {{ paths }} }} }} }}"
        );
        data(api.ask(&document).await)["scanJobs"].take()
    };
    let paths = |page: &Value| -> Vec<String> {
        let edges = page["edges"].as_array().unwrap().iter();
        edges.map(|edge| edge["node"]["paths"][0].as_str().unwrap().to_owned()).collect()
    };
    let first = list("first: 2").await;
    assert_eq!((paths(&first), &first["totalCount"]), (vec!["5".into(), "4".into()], &json!(5)));
    let cursor = &first["edges"][1]["cursor"];
    assert_eq!(paths(&list(&format!("after: {cursor}")).await), ["3", "2", "1"]);
    assert_eq!(paths(&list(&format!("last: 5, before: {cursor}")).await), ["5"]);
    for (arguments, expected) in [
        (format!("rootId: \"{}\"", root_node_id(2)), &["5", "3", "1"][..]),
        ("rootId: \"root:x\"".to_owned(), &[]),
        (format!("rootId: \"{}\"", scan_node_id(2)), &[]),
        ("states: [CANCELLED, RUNNING]".to_owned(), &["3"]),
        (format!("states: [QUEUED], rootId: \"{}\"", root_node_id(2)), &["5", "1"]),
        ("states: []".to_owned(), &[]),
    ] {
        let page = list(&arguments).await;
        assert_eq!(
            (paths(&page), &page["totalCount"]),
            (expected.iter().map(|it| (*it).to_owned()).collect(), &json!(expected.len()))
        );
    }
}

#[tokio::test]
async fn problems_come_in_pages_with_their_videos() {
    let api = library(&[root(1), root(2)]).await;
    add_files(&*api.store, 1, &[1, 2]).await;
    let candidates = (1..=25).map(|number| counted_id(1 + number % 2)).collect();
    let noted = [
        NotedProblem { candidates, ..problem(b"x.mkv", ProblemCode::AmbiguousMove, 1) },
        problem(b"1.mkv", ProblemCode::Truncated, 2),
        problem(b"b\xff", ProblemCode::NameNotUtf8, 3),
    ];
    api.store.catalogue().change_problems(root_id(1), &noted, &[]).await.unwrap();
    let list = async |arguments: &str| {
        let id = root_node_id(1);
        let document = format!(
            "{{ node(id: \"{id}\") {{ ... on LibraryRoot {{ problems({arguments}) {{
                totalCount edges {{ cursor node {{ path code since video {{ id }} candidates {{ id }} }} }}
            }} }} }} }}"
        );
        api.ask(&document).await
    };
    let page = data(list("first: 2").await)["node"]["problems"].take();
    let of_video = json!({ "id": counted_id(1).to_string() });
    let [first, second] = [&page["edges"][0]["node"], &page["edges"][1]["node"]];
    let expected = json!({ "path": "1.mkv", "code": "TRUNCATED",
        "since": "2026-01-01T00:00:02.000000Z", "video": of_video, "candidates": [] });
    assert_eq!((first, &page["totalCount"]), (&expected, &json!(3)));
    assert_eq!((&second["path"], &second["video"]), (&json!(r"b\xff"), &Value::Null));
    let cursor = &page["edges"][1]["cursor"];
    let rest = data(list(&format!("after: {cursor}")).await)["node"]["problems"].take();
    let last = &rest["edges"][0]["node"];
    assert_eq!(
        (&last["code"], rest["edges"].as_array().unwrap().len()),
        (&json!("AMBIGUOUS_MOVE"), 1)
    );
    assert_eq!(last["candidates"].as_array().unwrap().len(), 20);
    let other = format!(
        "{{ node(id: \"{}\") {{ ... on LibraryRoot {{ problems(after: {cursor}) {{ totalCount }} }} }} }}",
        root_node_id(2)
    );
    assert_eq!(error(&api.ask(&other).await).0, "INVALID_CURSOR");
}

#[tokio::test]
async fn roots_and_scans_are_nodes() {
    let api = library(&[root(1)]).await;
    api.store.catalogue().queue(scan_id(1), &order(1), second(1)).await.unwrap();
    let ids = [
        root_node_id(1).to_uppercase().replace("ROOT", "root"),
        scan_node_id(1),
        root_node_id(2),
        scan_node_id(2),
        "root:".to_owned(),
        "scan:1".to_owned(),
        root_id(1).to_string(),
    ];
    let document = "query ($ids: [ID!]!) { nodes(ids: $ids) {
        __typename id ... on LibraryRoot { name } ... on ScanJob { state root { name } }
    } }";
    let expected = json!([
        { "__typename": "LibraryRoot", "id": root_node_id(1), "name": "films-1" },
        { "__typename": "ScanJob", "id": scan_node_id(1), "state": "QUEUED",
          "root": { "name": "films-1" } },
        null, null, null, null, null,
    ]);
    assert_eq!(data(api.ask_with(document, json!({ "ids": ids })).await)["nodes"], expected);
}

#[tokio::test]
async fn a_video_is_where_its_root_and_its_file_are() {
    let fault = Some("The folder is empty.".to_owned());
    let lost = Root { look: RootLook { fault, device: None }, ..root(2) };
    let folder = tempfile::tempdir().unwrap();
    for api in TestApi::of_each_store(folder.path()).await {
        for root in [served_root(1), lost.clone()] {
            assert!(api.store.catalogue().add_root(&root).await.unwrap());
        }
        are_where_their_files_are(&api).await;
        are_found_there(&api).await;
    }
}

async fn are_where_their_files_are(api: &TestApi) {
    add_files(&*api.store, 1, &[2, 3, 4]).await;
    add_files(&*api.store, 2, &[5, 6]).await;
    lose_files(&*api.store, 1, &[3]).await;
    lose_files(&*api.store, 2, &[6]).await;
    let number = file_of(&*api.store, counted_id(4)).await;
    found(&*api.store, 1, vec![FileChange::Unreachable { number }]).await;
    let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Video {
        availability root { name }
    } } }";
    let ids: Vec<String> = (2..=6).map(|number| counted_id(number).to_string()).collect();
    api.store.take_calls();
    let answer = data(api.ask_with(document, json!({ "ids": ids })).await);
    let video = |availability: &str, number: u8| json!({ "availability": availability, "root": { "name": format!("films-{number}") } });
    let expected = json!({ "nodes": [
        video("AVAILABLE", 1), video("MISSING", 1), video("OFFLINE", 1),
        video("OFFLINE", 2), video("OFFLINE", 2),
    ] });
    assert_eq!(answer, expected);
    let calls = json!({ "get_many": 1, "files_of": 1, "roots": 1 });
    assert_eq!(json!(api.store.take_calls()), calls);
}

/// The videos that a filter finds, by the numbers of their IDs, in every field that has one.
async fn found_by(api: &TestApi, filter: &str) -> Vec<u64> {
    let document = format!(
        "{{ videos(filter: {filter}, orderBy: {{ field: PATH }}) {{ nodes {{ id }} totalCount }}
           videoStats(filter: {filter}) {{ count }}
           searchVideos(query: \"mkv\", filter: {filter}) {{ totalCount }} }}"
    );
    let answer = data(api.ask(&document).await);
    let nodes = answer["videos"]["nodes"].as_array().unwrap();
    for count in ["/videos/totalCount", "/videoStats/count", "/searchVideos/totalCount"] {
        assert_eq!(answer.pointer(count), Some(&json!(nodes.len())), "{count} {filter}");
    }
    let numbers = 1..=6;
    numbers.filter(|it| nodes.contains(&json!({ "id": counted_id(*it).to_string() }))).collect()
}

async fn are_found_there(api: &TestApi) {
    api.add(1).await;
    let (one, two) = (root_node_id(1), root_node_id(2));
    for (filter, expected) in [
        ("{ availability: { eq: AVAILABLE } }".to_owned(), &[2][..]),
        ("{ availability: { eq: MISSING } }".to_owned(), &[3]),
        ("{ availability: { eq: OFFLINE } }".to_owned(), &[4, 5, 6]),
        ("{ availability: { ne: OFFLINE } }".to_owned(), &[1, 2, 3]),
        ("{ availability: { in: [MISSING, AVAILABLE] } }".to_owned(), &[2, 3]),
        ("{ availability: { in: [] } }".to_owned(), &[]),
        ("{ availability: { isNull: true } }".to_owned(), &[1]),
        ("{ not: { availability: { isNull: true } } }".to_owned(), &[2, 3, 4, 5, 6]),
        ("{ or: [{ and: [{ availability: { eq: OFFLINE } }] }] }".to_owned(), &[4, 5, 6]),
        (format!("{{ rootId: {{ eq: \"{one}\" }} }}"), &[2, 3, 4]),
        (format!("{{ rootId: {{ ne: \"{one}\" }} }}"), &[1, 5, 6]),
        (format!("{{ rootId: {{ in: [\"{one}\", \"{two}\"] }} }}"), &[2, 3, 4, 5, 6]),
        (format!("{{ rootId: {{ notIn: [\"{two}\"] }} }}"), &[1, 2, 3, 4]),
        (format!("{{ rootId: {{ eq: \"{two}\" }}, missingSince: {{ isNull: false }} }}"), &[6]),
        (format!("{{ rootId: {{ eq: \"{}\" }} }}", root_id(1)), &[]),
        ("{ rootId: { ne: \"root:1\" } }".to_owned(), &[1, 2, 3, 4, 5, 6]),
        ("{ rootId: { isNull: true } }".to_owned(), &[1]),
    ] {
        assert_eq!(found_by(api, &filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_video_that_no_scan_found_is_nowhere() {
    let api = TestApi::with_videos(1).await;
    let document = "{ videos { nodes { availability root { name } missingSince } } }";
    let nowhere = json!({ "availability": null, "root": null, "missingSince": null });
    assert_eq!(data(api.ask(document).await)["videos"]["nodes"], json!([nowhere]));
}

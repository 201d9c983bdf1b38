//! Servers that share a library in PostgreSQL, and see the same folders or others.

use serde_json::{Value, json};

use super::films::Films;
use super::holds::{Hold, wait_until};
use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::clock::SetClock;
use crate::support::postgres::{block_on, new_database, number};

/// The command that serves a library with these folders as its roots, each of which has its own name.
fn serving(films: &Films, url: &str, folders: &[&str]) -> std::process::Command {
    let mut command = reelgraph(&["--listen", "127.0.0.1:0"]);
    for folder in folders {
        command.args(["--root", &format!("{folder}={}", films.folder.path(folder).display())]);
    }
    command.env("REELGRAPH_DATABASE_URL", url).env("REELGRAPH_FFPROBE", films.ffprobe());
    command
}

/// The scans of a root that a server reports, the newest first.
#[track_caller]
fn scans(server: &Server, root: &str) -> Vec<Value> {
    let answer = server.ask(
        "{ scanJobs(first: 100) { nodes { state root { name } counts { seen added missing } } } }",
    );
    let jobs = answer.json()["data"]["scanJobs"]["nodes"].take();
    let jobs = jobs.as_array().unwrap_or_else(|| panic!("{answer}")).iter();
    jobs.filter(|job| job["root"]["name"] == root).cloned().collect()
}

fn states(server: &Server, root: &str) -> Vec<String> {
    let state = |job: &Value| job["state"].as_str().unwrap().to_owned();
    scans(server, root).iter().map(state).collect()
}

/// Waits until the scans of a root are in these states, the newest first.
#[track_caller]
fn wait_for(server: &Server, root: &str, expected: &[&str]) {
    wait_until(&format!("{root}: {expected:?}"), || states(server, root) == expected);
}

/// Asks a server for a scan of a root.
#[track_caller]
fn request(server: &Server, root: &str) {
    let roots = server.ask("{ libraryRoots { id name } }").json();
    let roots = roots["data"]["libraryRoots"].as_array().unwrap();
    let id = &roots.iter().find(|it| it["name"] == root).unwrap()["id"];
    let answer = server.ask(&format!(
        "mutation {{ scanLibrary(input: {{ rootId: {id} }}) {{ job {{ id }} userErrors {{ message }} }} }}"
    ));
    assert_eq!(answer.json()["data"]["scanLibrary"]["userErrors"], json!([]), "{answer}");
}

/// How many films of the library have this as the beginning of their path.
fn count(url: &str, condition: &str) -> i64 {
    block_on(number(url, &format!("SELECT count(*) FROM videos WHERE {condition}")))
}

#[test]
#[cfg_attr(
    not(all(postgres, faketime)),
    ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin, and libfaketime"
)]
fn one_server_scans_a_root_at_a_time_and_another_one_once_that_is_killed() {
    let films = Films::named(&["a.mkv", "b.mkv"]);
    films.write("held.mkv", "320 held");
    std::fs::create_dir(films.folder.path("others")).unwrap();
    let (url, clock, hold) = (new_database(""), SetClock::new(), Hold::of(&films));
    let first = Server::spawn(serving(&films, &url, &["films"]));
    hold.wait();
    let second = Server::spawn({
        let mut command = serving(&films, &url, &["films", "others"]);
        clock.rule(&mut command);
        command
    });
    // It looks after its roots every second, and after one of them it has looked twice by then.
    wait_for(&second, "others", &["SUCCEEDED"]);
    request(&second, "others");
    wait_for(&second, "others", &["SUCCEEDED", "SUCCEEDED"]);
    assert_eq!(states(&second, "films"), ["QUEUED", "RUNNING"]);
    first.signal("KILL");
    first.finish();
    assert_eq!(hold.held().len(), 1, "the film was read by both");
    drop(hold);
    clock.set("+31s");
    wait_for(&second, "films", &["SUCCEEDED", "INTERRUPTED"]);
    // One whose clock is so far ahead would interrupt whoever is scanning.
    clock.set("+0");
    assert_eq!(count(&url, "path LIKE '%/films/%'"), 3);

    // Whoever comes back scans with the other, and neither finds anything new.
    let first = Server::spawn(serving(&films, &url, &["films"]));
    request(&first, "films");
    request(&second, "films");
    let is_over =
        |server| states(server, "films").iter().all(|it| it != "QUEUED" && it != "RUNNING");
    wait_until("all scans are over", || is_over(&first));
    let scans = scans(&first, "films");
    assert!(scans.len() > 2, "{scans:?}");
    for scan in &scans[..scans.len() - 2] {
        assert_eq!((&scan["state"], &scan["counts"]["added"]), (&"SUCCEEDED".into(), &0.into()));
    }
    assert_eq!(count(&url, "TRUE"), 3);
    Finished::run(reelgraph(&["check", "--database-url", &url])).with_code(0);
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_server_without_a_root_neither_scans_it_nor_changes_its_state() {
    let films = Films::named(&["a.mkv", "b.mkv"]);
    std::fs::create_dir(films.folder.path("others")).unwrap();
    let url = new_database("");
    let own = Server::spawn(serving(&films, &url, &["films"]));
    wait_for(&own, "films", &["SUCCEEDED"]);
    own.signal("TERM");
    own.finish().with_code(0);
    let root = "SELECT hashtext(it::text)::bigint FROM library_roots it WHERE name = 'films'";
    let before = block_on(number(&url, root));

    // For all that this one could see, the folder is gone.
    std::fs::rename(films.path(""), films.folder.path("away")).unwrap();
    let other = Server::spawn(serving(&films, &url, &["others"]));
    request(&other, "films");
    wait_for(&other, "others", &["SUCCEEDED"]);
    request(&other, "others");
    wait_for(&other, "others", &["SUCCEEDED", "SUCCEEDED"]);
    assert_eq!(states(&other, "films"), ["QUEUED", "SUCCEEDED"]);
    assert_eq!(block_on(number(&url, root)), before);
    assert_eq!(count(&url, "missing_since IS NOT NULL"), 0);
    let roots = other.ask("{ libraryRoots { name state } }").json();
    let online = json!({ "name": "films", "state": "ONLINE" });
    assert_eq!(roots["data"]["libraryRoots"][0], online);

    // Whoever has it takes what is queued.
    std::fs::rename(films.folder.path("away"), films.path("")).unwrap();
    films.remove("a.mkv");
    let own = Server::spawn(serving(&films, &url, &["films"]));
    wait_until("the scan is over", || scans(&own, "films")[0]["state"] == "SUCCEEDED");
    assert_eq!(count(&url, "missing_since IS NOT NULL"), 1);
}

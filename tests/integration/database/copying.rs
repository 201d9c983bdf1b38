//! Copies of libraries with all that they had, from any store to any store.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Library, execute, number};
use crate::support::binary::{Finished, PATIENCE};
use crate::support::postgres::Session;
use crate::support::process::Process;

/// Holds whoever records this entry until nobody has the lock.
const HOLD: &str = "
    CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NEW; END';
    CREATE TRIGGER hold BEFORE INSERT ON audit_log FOR EACH ROW
        WHEN (NEW.sequence = 3000) EXECUTE FUNCTION hold()";
const LOCK: &str = "SELECT pg_advisory_xact_lock(42)";

/// Adds a file of records to a library, of which the last `renamed` have another name than before.
fn import(library: &Library, count: usize, renamed: usize) -> Finished {
    let record = |number: usize| {
        let suffix = if number >= count - renamed { "-cut" } else { "" };
        json!({
            "id": format!("00000000-0000-4000-8000-{number:012}"),
            "path": format!("/films/{number}{suffix}.mkv"),
            "durationFrames": number, "frameRate": { "numerator": 25 }, "width": 1, "height": 1,
            "videoCodec": "av1", "fileSize": 1,
        })
        .to_string()
            + "\n"
    };
    let file = library.folder.path("records.ndjson");
    fs::write(&file, (0..count).map(record).collect::<String>()).unwrap();
    let arguments = ["import", "--on-conflict", "update", file.to_str().unwrap()];
    library.run(&arguments).with_code(0)
}

/// A library with 3,205 audit entries of all kinds, and three keys.
fn original() -> Library {
    let library = Library::in_file();
    import(&library, 2500, 0);
    import(&library, 2500, 600);
    let server = library.serve(&[]);
    let ask = |mutation: &str| {
        let answer = server.ask(&format!("mutation {{ {mutation} {{ userErrors {{ code }} }} }}"));
        assert!(!answer.body.contains("code") && !answer.body.contains("errors\":[{"), "{answer}");
    };
    let id = "00000000-0000-4000-8000-000000000007";
    for width in 2..=101 {
        ask(&format!("updateVideo(input: {{ id: \"{id}\", width: {width} }})"));
    }
    for number in 100..105 {
        ask(&format!(
            "deleteVideo(input: {{ id: \"00000000-0000-4000-8000-000000000{number}\" }})"
        ));
    }
    drop(server);
    let key = |name: &str| {
        library.run(&["key", "create", "--name", name, "--role", "editor"]).with_code(0);
    };
    key("lucy");
    library.run(&["key", "revoke", "lucy"]).with_code(0);
    key("lucy");
    key("desi");
    library
}

fn copy(from: &Library, to: &Library) -> Finished {
    from.run(&["copy", &from.url, &to.url])
}

fn in_background(from: &Library, to: &Library) -> Process {
    Process::start(from.command(&["copy", &from.url, &to.url]))
}

/// Waits until a copy waits for the lock.
fn wait_until_held(url: &str) {
    const WAITING: &str = "SELECT count(*) FROM pg_locks
        WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let begun = Instant::now();
    while number(url, WAITING) == 0 {
        assert!(begun.elapsed() < PATIENCE, "nobody waits");
        thread::sleep(Duration::from_millis(20));
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn digest(copied: &Finished) -> &str {
    copied.stdout.trim_end().rsplit(' ').next().unwrap()
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_library_is_the_same_after_a_copy_to_a_database_and_back() {
    let from = original();
    let (database, file) = (Library::in_database(), Library::in_file());
    let there = copy(&from, &database).with_code(0);
    let back = copy(&database, &file).with_code(0);
    assert_eq!(digest(&there).len(), 64, "{there}");
    assert_eq!(digest(&there), digest(&back), "{there}\n{back}");
    let extent = "2495 videos, 3205 audit entries, 3 keys";
    assert!(there.stdout.contains(extent) && back.stdout.contains(extent), "{there}\n{back}");
    for command in [&["export"][..], &["key", "list"], &["check"]] {
        let [first, rest @ ..] =
            [&from, &database, &file].map(|library| library.run(command).with_code(0).stdout);
        for other in rest {
            assert!(first == other, "{command:?}\n{first}\n{other}");
        }
    }
    // A finished copy is left as it is.
    assert_eq!(digest(&copy(&from, &database).with_code(0)), digest(&there));
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_copy_that_was_killed_goes_on_where_it_was() {
    let (from, to) = (original(), Library::in_database());
    to.run(&["migrate"]).with_code(0);
    execute(&to.url, HOLD);
    let lock = Session::begin(&to.url, LOCK);
    let copying = in_background(&from, &to);
    wait_until_held(&to.url);
    kill(copying.child);
    drop(lock);
    let copied = number(&to.url, "SELECT count(*) FROM audit_log");
    assert!((1..3000).contains(&copied), "{copied}");
    let whole = copy(&from, &to).with_code(0);
    assert!(whole.stdout.contains("3205 audit entries, 3 keys"), "{whole}");
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn an_original_that_changes_meanwhile_is_noticed() {
    let (original, from, to) = (original(), Library::in_database(), Library::in_database());
    copy(&original, &from).with_code(0);
    to.run(&["migrate"]).with_code(0);
    execute(&to.url, HOLD);
    let lock = Session::begin(&to.url, LOCK);
    let Process { mut child, stderr, .. } = in_background(&from, &to);
    wait_until_held(&to.url);
    import(&from, 2500, 0).saying("5 added, 601 updated");
    drop(lock);
    let code = child.wait().unwrap().code();
    assert!(stderr.has("FROM has changed while it was copied"), "{code:?}\n{}", stderr.text());
    assert_eq!(code, Some(1));
    copy(&from, &to).with_code(0);
}

#[test]
fn a_library_with_changes_of_its_own_is_no_target() {
    let (from, to) = (Library::in_file(), Library::in_file());
    import(&from, 20, 0);
    import(&to, 20, 1);
    let before = to.run(&["export"]).with_code(0).stdout;
    let refused = copy(&from, &to).with_code(1);
    refused.saying("the target has changes of its own from number ").saying("that is empty as TO");
    assert!(to.run(&["export"]).with_code(0).stdout == before);
    copy(&from, &from).with_code(1).saying("FROM and TO are the same library");

    let keys_alone = Library::in_file();
    keys_alone.run(&["key", "create", "--name", "lucy", "--role", "reader"]).with_code(0);
    copy(&from, &keys_alone).with_code(1).saying("the target has a key of its own");
    copy(&Library::in_file(), &Library::in_file()).with_code(1).saying("there is no library");
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_library_of_an_older_version_is_copied_once_it_is_migrated() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let files = fs::read_dir(data).unwrap().map(|file| file.unwrap().path());
    let old = files.filter(|file| file.extension().is_some_and(|it| it == "sqlite"));
    let mut count = 0;
    for file in old {
        let (from, to) = (Library::in_file(), Library::in_database());
        fs::copy(&file, from.folder.path("library.db")).unwrap();
        if !is_of_this_version(&file) {
            let refused = copy(&from, &to).with_code(1);
            refused.saying("of an older version: update it with `reelgraph migrate`");
            from.run(&["migrate"]).with_code(0);
        }
        copy(&from, &to).with_code(0);
        let exported = [&from, &to].map(|library| library.run(&["export"]).with_code(0).stdout);
        assert_eq!(exported[0], exported[1], "{}", file.display());
        count += 1;
    }
    assert!(count >= 4, "only {count} libraries were found");
}

/// A library is named after its newest migration.
fn is_of_this_version(library: &Path) -> bool {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let names = fs::read_dir(migrations).unwrap().map(|file| file.unwrap().file_name());
    let newest = names.max().unwrap().into_string().unwrap();
    let version = newest.split('_').next().unwrap();
    library.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(version))
}

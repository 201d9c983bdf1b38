//! How many instructions the everyday operations take.
//!
//! They hardly vary where times do, so that they show a regression on any machine, however busy.
//! It counts with callgrind, a tool of Valgrind, and fails where a number is not within 5 % of the one in
//! `expected.txt`. Those are of x86-64 and of the build that `.ci/run` makes, so that nothing is built
//! for them alone:
//!
//! ```sh
//! export CARGO_PROFILE_DEV_OPT_LEVEL=1
//! cargo bench --profile dev --bench instructions
//! ```
//!
//! With `-- write` it writes that file anew, for a change that is meant to change them.
//!
//! Each operation goes through the schema, on a library in an SQLite file. It counts as the
//! difference between two runs of which one makes it more often, so that neither the start of the
//! process nor its end counts. With `-- profile page` it leaves the profile of one operation in
//! `target/tmp`, for `callgrind_annotate`.

#[path = "../support/documents.rs"]
mod documents;
#[expect(dead_code, reason = "this library always has the same size")]
#[path = "../support/mod.rs"]
mod support;

use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{self, Command};
use std::time::Duration;
use std::{env, fs};

use futures_util::future::{join_all, poll_immediate};
use reelgraph::domain::{PageRequest, VideoFilter, VideoOrder};
use reelgraph::repository::sqlite::SqliteSettings;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use documents::{BY_ID, NESTED, PAGE, UPDATE};
use support::Library;

/// What is counted. An update changes the width, and with it the statistics.
const OPERATIONS: [(&str, &str); 5] = [
    ("page", PAGE),
    ("by-id", BY_ID),
    ("nested", NESTED),
    ("update", UPDATE),
    ("32-updates", UPDATE),
];

/// How many updates are made at once, which share transactions.
const AT_ONCE: usize = 32;

const VIDEOS: usize = 2_000;

/// How many changes each of the newest videos has had.
const HISTORY: i32 = 5;

/// How often an operation is made in the run that makes it less often, and in the other one.
const FEW: usize = 10;
const MANY: usize = 60;

const TOLERANCE_PERCENT: u64 = 5;

const EXPECTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions/expected.txt");

fn main() {
    // Cargo adds an argument of its own.
    let arguments: Vec<String> = env::args().skip(1).filter(|it| it != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(&counts()),
        ["write"] => fs::write(EXPECTED, shown(&counts())).expect("the file can be written"),
        ["profile", operation] => profile(operation),
        ["make", file, operation, times] => {
            let times = times.parse().expect("a number");
            runtime().block_on(make(Path::new(file), operation, times));
        }
        _ => {
            let names = OPERATIONS.map(|(name, _)| name).join(", ");
            eprintln!("add nothing, write, or profile and one of {names}");
            process::exit(2);
        }
    }
}

/// One thread, so that there is one order in which things happen.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// How many instructions each operation takes.
fn counts() -> Vec<(&'static str, u64)> {
    let folder = tempfile::tempdir().expect("a folder for the library");
    let library = folder.path().join("library.db");
    runtime().block_on(fill(&library));
    let count = |(operation, _): &(&'static str, &str)| {
        let total = |times| {
            let output = folder.path().join("callgrind.out");
            run(&library, operation, times, &output);
            total_of(&output)
        };
        let more = (MANY - FEW) as u64;
        let count = (total(MANY) - total(FEW)) / more;
        eprintln!("{operation}: {count}");
        (*operation, count)
    };
    OPERATIONS.iter().map(count).collect()
}

/// Makes a library whose newest videos have a history.
async fn fill(file: &Path) {
    let library = Library::new(file, VIDEOS).await;
    for id in newest(&library).await {
        for width in 1..=HISTORY {
            library.ask(UPDATE, json!({ "id": id, "width": width })).await;
        }
    }
    library.repository.close().await.expect("the library can be closed");
}

async fn newest(library: &Library) -> Vec<String> {
    let (everything, order) = (VideoFilter::everything(), VideoOrder::default());
    let page = library.repository.list(&everything, &order, &PageRequest::first(50)).await;
    let videos = page.expect("the library can be read").items;
    videos.iter().map(|video| video.id.to_string()).collect()
}

/// Makes an operation as often on a copy of the library, in a process whose instructions are counted.
fn run(library: &Path, operation: &str, times: usize, output: &Path) {
    let copy = library.with_file_name("copy.db");
    fs::copy(library, &copy).expect("there is room for a copy");
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]);
    command.arg(format!("--callgrind-out-file={}", output.display()));
    command.arg(env::current_exe().expect("this program has a path"));
    command.arg("make").arg(copy).args([operation, &times.to_string()]);
    let status = command.status().expect("valgrind is installed");
    assert!(status.success(), "{command:?} failed");
}

async fn make(file: &Path, operation: &str, times: usize) {
    // Callgrind is slow: with less time, the same work would go the one way or the other.
    let at_once_limit = Duration::from_secs(3600);
    let settings = SqliteSettings { at_once_limit, ..SqliteSettings::default() };
    let library = Library::with(settings, file, VIDEOS).await;
    let ids = newest(&library).await;
    let document = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let (_, document) = document.expect("an operation");
    let id = |number| &ids[number % ids.len()];
    let width = |number| json!({ "id": id(number), "width": 1000 + number });
    for number in 0..times {
        let requests = match operation {
            "by-id" => vec![json!({ "id": id(number) })],
            "update" => vec![width(number)],
            "32-updates" => (number * AT_ONCE..).take(AT_ONCE).map(width).collect(),
            _ => vec![Value::Null],
        };
        black_box(ask_all(&library, document, requests).await);
    }
    library.repository.close().await.expect("the library can be closed");
}

/// Asks at once. Updates take two transactions, on every machine: the writer cannot end the first one
/// before the rest of them wait for the second.
async fn ask_all(library: &Library, document: &str, requests: Vec<Value>) -> Vec<Vec<u8>> {
    let answers = requests.into_iter().map(|variables| library.ask(document, variables));
    let mut answers = pin!(join_all(answers));
    let commits = library.repository.commits();
    let held = commits.borrow();
    if let Some(answers) = poll_immediate(&mut answers).await {
        return answers;
    }
    drop(held);
    answers.await
}

/// How many instructions callgrind counted.
fn total_of(output: &Path) -> u64 {
    let text = fs::read_to_string(output).expect("callgrind writes its output");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    total.and_then(|total| total.trim().parse().ok()).expect("its output has a total")
}

fn shown(counts: &[(&str, u64)]) -> String {
    counts.iter().fold(String::new(), |mut text, (operation, count)| {
        writeln!(text, "{operation} {count}").expect("memory takes what is written");
        text
    })
}

/// Fails where a number is too far from the expected one.
fn compare(counts: &[(&str, u64)]) {
    let text = fs::read_to_string(EXPECTED).expect("expected.txt was written");
    println!("| Operation | expected | instructions |\n|---|--:|--:|");
    let mut far = Vec::new();
    for (operation, count) in counts {
        let expected = text.lines().find_map(|line| line.strip_prefix(operation));
        let expected = expected.and_then(|number| number.trim().parse().ok());
        let expected: u64 = expected.expect("expected.txt has a line for each operation");
        println!("| {operation} | {expected} | {count} |");
        if expected.abs_diff(*count) * 100 > expected * TOLERANCE_PERCENT {
            far.push(*operation);
        }
    }
    assert!(
        far.is_empty(),
        "{} differ by more than {TOLERANCE_PERCENT} %: if they are meant to, \
         add `-- write` to this command",
        far.join(", ")
    );
}

/// Leaves the profile of an operation for callgrind_annotate.
fn profile(operation: &str) {
    let folder = tempfile::tempdir().expect("a folder for the library");
    let library = folder.path().join("library.db");
    runtime().block_on(fill(&library));
    let output = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{operation}.callgrind"));
    run(&library, operation, MANY, &output);
    println!("{}", output.display());
}

//! PostGraphile on the same database, asked for the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::load::Program;
use super::workloads::{Request, Subjects, Workload};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/scaling/postgraphile");
const PAGE: &str = include_str!("postgraphile/page.graphql");
const BY_ID: &str = include_str!("postgraphile/by-id.graphql");

/// The oldest version of Node.js that it runs on.
const OLDEST_NODE: u32 = 22;

/// How many requests it answers before it is measured: V8 compiles what it runs often.
const WARM_UP: usize = 1_000;

/// PostGraphile on the database at this URL, or why there is none.
pub fn start(url: &str) -> Result<Program, String> {
    let folder = Path::new(FOLDER);
    if !folder.join("node_modules/postgraphile").exists() {
        return Err("it is not installed: run npm ci in benches/scaling/postgraphile".to_owned());
    }
    let mut command = Command::new(node(folder)?);
    command.arg(folder.join("server.mjs")).current_dir(folder);
    command.env("NODE_ENV", "production").env("DATABASE_URL", url);
    Ok(Program::start(command, Some("/graphql")))
}

/// The Node.js that is installed with it, or else that of the machine.
fn node(folder: &Path) -> Result<PathBuf, String> {
    let own = folder.join("node_modules/.bin/node");
    let program = if own.exists() { own } else { PathBuf::from("node") };
    let output = Command::new(&program).arg("--version").output();
    let output = output.map_err(|error| format!("there is no Node.js: {error}"))?;
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    let major = version.trim_start_matches('v').split('.').next().map(str::parse::<u32>);
    match major {
        Some(Ok(major)) if major >= OLDEST_NODE => Ok(program),
        _ => Err(format!("Node.js has the version {version:?}: it needs {OLDEST_NODE}")),
    }
}

/// A workload in PostGraphile's terms. None for one that it is not measured with.
pub fn translated(name: &'static str, subjects: &Subjects) -> Option<Workload> {
    let subjects = subjects.clone();
    match name {
        super::PAGE => Some(Workload::new(name, |_| Request::new("/page", PAGE, &json!({})))),
        super::BY_ID => Some(Workload::new(name, move |number| {
            Request::new("/by-id", BY_ID, &json!({ "id": subjects.id(number) }))
        })),
        _ => None,
    }
}

/// Makes it as fast as it is after some time.
pub fn warm_up(program: &Program, workload: &Workload) {
    (0..WARM_UP).for_each(|number| drop(program.answer(&workload.request(number))));
}

/// Makes sure that both programs answer these requests with the same videos.
pub fn compare(of_reelgraph: &Value, of_postgraphile: &Value) {
    let (ours, theirs) = (paths(of_reelgraph), paths(of_postgraphile));
    assert!(!ours.is_empty(), "no video: {of_reelgraph}");
    assert_eq!(ours, theirs, "both read one database");
}

/// The paths in an answer, in its order.
fn paths<'a>(answer: &'a Value) -> Vec<&'a str> {
    match answer {
        Value::Array(values) => values.iter().flat_map(paths).collect(),
        Value::Object(fields) => {
            let of_field = |(name, value): (&String, &'a Value)| match value {
                Value::String(path) if name == "path" => vec![path.as_str()],
                _ => paths(value),
            };
            fields.iter().flat_map(of_field).collect()
        }
        _ => Vec::new(),
    }
}

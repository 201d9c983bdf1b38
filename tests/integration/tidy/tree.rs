//! The tree is the architecture: where libraries are at home, and how large a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Crates that belong to these files and folders of `src` alone.
const AT_HOME: &[(&str, &[&str])] = &[
    ("apollo_compiler", &["graphql"]),
    ("async_graphql", &["graphql", "http"]),
    ("axum", &["http"]),
    ("brotli_decompressor", &["http/graphiql"]),
    ("chrono", &["domain"]),
    ("chrono_tz", &["domain"]),
    ("clap", &["command", "config"]),
    ("flate2", &["transfer"]),
    ("hyper_util", &["http/server"]),
    ("jsonwebtoken", &["auth"]),
    ("opentelemetry", &["spans", "telemetry"]),
    ("opentelemetry_sdk", &["spans", "telemetry"]),
    ("prometheus_client", &["metrics"]),
    ("rusqlite", &["repository/sqlite"]),
    ("rustix", &["catalogue", "media/thumbnails/cache"]),
    ("sqlx", &["repository/postgres"]),
    ("toml", &["config"]),
    ("tracing_opentelemetry", &["spans", "telemetry"]),
    ("tungstenite", &["http/websocket"]),
    ("unicode_normalization", &["domain/search"]),
    ("uuid", &["domain"]),
    ("xxhash_rust", &["catalogue"]),
];

/// What would make the domain's values more than values.
const NOT_IN_DOMAIN: &[&str] =
    &["async ", "std::fs", "std::io", "std::net", "std::process", "std::thread", "tokio"];

/// What async-graphql does not document, or may change in any version.
const INTERNALS: &[&str] = &[
    "ContextSelectionSet",
    "QueryPath",
    "RAW_VALUE_TOKEN",
    "async_graphql::parser",
    "async_graphql::registry",
    "async_graphql_value",
    "execute_data",
    "param_value",
    "path_node",
    "query_env",
    "resolver_utils",
    "schema_env",
    "set_error_path",
];

/// The one file that names them; whoever needs some of it has it from there.
const AT_INTERNALS: &str = "graphql/execution/internals.rs";

const MAX_LINES: usize = 400;

/// The sources below a folder of the project, with their text.
pub fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "the folder has no sources");
    found
}

/// The path of a source below `src`, with slashes.
pub fn below_src(path: &Path) -> String {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    below.display().to_string().replace('\\', "/")
}

/// Whether a file below `src` is that module, or belongs to that folder.
pub fn is_in(file: &str, part: &str) -> bool {
    let rest = file.strip_prefix(part);
    rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

#[test]
fn a_library_is_used_where_it_is_at_home() {
    for (path, text) in sources("src") {
        let file = below_src(&path);
        for (name, homes) in AT_HOME {
            let is_used = text.lines().any(|line| {
                let line = line.trim_start();
                !line.starts_with("//") && line.contains(&format!("{name}::"))
            });
            let is_at_home = homes.iter().any(|home| is_in(&file, home));
            assert!(!is_used || is_at_home, "src/{file} uses {name}, which belongs to {homes:?}");
        }
    }
}

#[test]
fn the_insides_of_async_graphql_are_named_in_one_file() {
    for (path, text) in sources("src") {
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let is_named = |name: &&&str| {
            code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(**name))
        };
        if path.ends_with(AT_INTERNALS) {
            let unused = INTERNALS.iter().find(|name| !is_named(name));
            assert!(unused.is_none(), "{unused:?} is used no longer: take it off the list");
        } else {
            let named = INTERNALS.iter().find(is_named);
            assert!(named.is_none(), "{} names {named:?}: see {AT_INTERNALS}", path.display());
        }
    }
}

#[test]
fn the_domain_is_plain_values() {
    for (path, text) in sources("src/domain") {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let found = NOT_IN_DOMAIN.iter().find(|word| line.contains(**word));
            assert!(found.is_none(), "{} has {found:?}: {line}", path.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_has_one_subject() {
    for folder in ["src", "tests", "benches", "examples"] {
        for (path, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
            let lines = text.lines().count();
            assert!(lines <= MAX_LINES, "{} has {lines} lines: split it", path.display());
        }
    }
}

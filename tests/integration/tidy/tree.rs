//! The tree is the architecture: who may use whom, and how large a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// Which other modules of the program each one may use; `command` and `main` may use all.
const MAY_USE: &[(&str, &[&str])] = &[
    ("auth", &["causes", "domain", "repository"]),
    ("causes", &[]),
    ("config", &[]),
    ("domain", &[]),
    ("telemetry", &["config", "spans"]),
    ("spans", &[]),
    ("repository", &["domain"]),
    ("transfer", &["domain", "repository"]),
    ("feed", &["causes", "domain", "repository"]),
    ("metrics", &["domain", "feed", "repository", "spans"]),
    ("graphql", &["causes", "domain", "feed", "repository", "spans"]),
    ("http", &["auth", "causes", "domain", "graphql", "metrics", "repository", "spans"]),
];

/// Crates that belong to one layer alone.
const AT_HOME: &[(&str, &str)] = &[
    ("apollo_compiler", "graphql"),
    ("async_graphql", "graphql http"),
    ("axum", "http"),
    ("brotli_decompressor", "http"),
    ("clap", "command config main"),
    ("jsonwebtoken", "auth"),
    ("opentelemetry", "spans telemetry"),
    ("opentelemetry_sdk", "spans telemetry"),
    ("prometheus_client", "metrics"),
    ("rusqlite", "repository"),
    ("toml", "config"),
    ("tracing_opentelemetry", "spans telemetry"),
];

const MAX_LINES: usize = 400;

/// The sources below a folder of the project, with their text.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
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

/// The top-level module that a source of `src` belongs to.
fn module_of(path: &Path) -> &str {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = below.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs")
}

/// The names that follow `prefix` in code, comments and the file's own tests left out.
fn names_after<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(prefix).skip(1))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect()
}

#[test]
fn every_module_uses_only_those_below_it() {
    for (path, text) in sources("src") {
        let module = module_of(&path);
        let Some((_, below)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            assert!(["command", "lib", "main"].contains(&module), "{module} has no place yet");
            continue;
        };
        for used in names_after(&text, "crate::") {
            let is_allowed = used == module || below.contains(&used);
            assert!(is_allowed, "{} uses {used}", path.display());
        }
    }
}

#[test]
fn a_library_is_used_in_its_layer_alone() {
    for (path, text) in sources("src") {
        let module = module_of(&path);
        for (name, layers) in AT_HOME {
            let is_used = text.lines().any(|line| {
                let line = line.trim_start();
                !line.starts_with("//") && line.contains(&format!("{name}::"))
            });
            let is_at_home = layers.split(' ').any(|layer| layer == module);
            assert!(!is_used || is_at_home, "{} uses {name}", path.display());
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

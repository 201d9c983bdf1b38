//! The imports of the program: who may use whom, and no cycles of files.

mod graph;
mod listing;
mod parsing;
mod samples;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::tree::{self, is_in};
use graph::Graph;

/// Which other modules of the program each one may use; `command` and `main` may use all.
const MAY_USE: &[(&str, &[&str])] = &[
    ("auth", &["causes", "config", "domain", "repository"]),
    ("catalogue", &["causes", "domain", "repository"]),
    ("causes", &[]),
    ("config", &["domain"]),
    ("domain", &[]),
    ("error_code", &[]),
    ("telemetry", &["config", "spans"]),
    ("spans", &[]),
    ("repository", &["config", "domain"]),
    ("transfer", &["domain", "repository"]),
    ("feed", &["causes", "config", "domain", "repository"]),
    ("metrics", &["domain", "error_code", "feed", "repository", "spans"]),
    (
        "graphql",
        &[
            "causes",
            "config",
            "domain",
            "error_code",
            "feed",
            "history",
            "media",
            "repository",
            "spans",
        ],
    ),
    ("history", &["domain", "repository"]),
    ("media", &["catalogue", "causes", "config", "domain", "repository"]),
    (
        "http",
        &[
            "auth",
            "causes",
            "config",
            "domain",
            "error_code",
            "graphql",
            "media",
            "metrics",
            "repository",
            "spans",
        ],
    ),
];

/// Parts of modules that only some may use, besides themselves: whoever else needs a store has its
/// traits, what a write does is decided for all stores alike, and what is executed is decided before
/// it is resolved.
const ONLY_FROM: &[(&str, &[&str])] = &[
    ("repository/memory", &["command"]),
    ("repository/postgres", &["command"]),
    ("repository/sqlite", &["command"]),
    ("repository/stage", &["repository"]),
    ("graphql/document", &["graphql/current", "graphql/mod", "http"]),
    ("graphql/schema", &["graphql/current", "graphql/document", "graphql/mod", "http", "command"]),
];

/// Folders in which files still import each other in a circle. The list only ever gets shorter.
const KNOWN_CYCLES: &[&str] = &[];

/// The imports of the program.
static IMPORTS: LazyLock<Graph> = LazyLock::new(|| {
    let files = tree::sources("src").into_iter();
    Graph::of(&files.map(|(path, text)| (tree::below_src(&path), text)).collect())
});

/// The uses that the layering does not allow, a line for each.
fn trespasses(graph: &Graph) -> Vec<String> {
    let may_use = |file: &str, used: &str| {
        let own = MAY_USE.iter().find(|(module, _)| is_in(file, module));
        let is_open = own.is_none_or(|(own, below)| {
            is_in(used, own) || below.iter().any(|below| is_in(used, below))
        });
        let closed = ONLY_FROM.iter().find(|(part, _)| is_in(used, part));
        let is_admitted = closed.is_none_or(|(part, users)| {
            is_in(file, part) || users.iter().any(|user| is_in(file, user))
        });
        is_open && is_admitted
    };
    let mut found = Vec::new();
    for file in graph.files() {
        for (used, place) in graph.used_by(file).filter(|(used, _)| !may_use(file, used)) {
            let graph::Use { line, path } = place;
            found.push(format!("src/{file}:{line} may not use src/{used} ({path})"));
        }
    }
    found
}

/// The users of closed parts that do not use them, a line for each.
fn idle_users(graph: &Graph) -> Vec<String> {
    let uses = |user: &str, part: &str| {
        let files = graph.files().filter(|file| is_in(file, user));
        files.flat_map(|file| graph.used_by(file)).any(|(used, _)| is_in(used, part))
    };
    let all = ONLY_FROM.iter().flat_map(|(part, users)| users.iter().map(move |user| (part, user)));
    all.filter(|(part, user)| !uses(user, part))
        .map(|(part, user)| format!("src/{user} does not use src/{part}: take it off the list"))
        .collect()
}

/// The cycles outside of these folders, and the folders in which there is none.
fn cycles(graph: &Graph, known: &[&str]) -> Vec<String> {
    let mut needed = BTreeSet::new();
    let mut found = Vec::new();
    for knot in graph.knots() {
        match known.iter().find(|folder| knot.iter().all(|file| is_in(file, folder))) {
            Some(folder) => drop(needed.insert(folder)),
            None => found.push(format!(
                "{} files use each other in a circle; move what they share into a file of its \
                 own:\n{}",
                knot.len(),
                graph.cycle(&knot)
            )),
        }
    }
    let done = known.iter().filter(|folder| !needed.contains(folder));
    found.extend(done.map(|folder| format!("src/{folder} has no cycles: take it off the list")));
    found
}

#[test]
fn every_module_uses_only_those_below_it() {
    for file in IMPORTS.files().filter(|file| !["lib.rs", "main.rs"].contains(file)) {
        let has_place = MAY_USE.iter().any(|(module, _)| is_in(file, module));
        assert!(has_place || is_in(file, "command"), "src/{file} has no place yet");
    }
    let found = [trespasses(&IMPORTS), idle_users(&IMPORTS)].concat();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let found = cycles(&IMPORTS, KNOWN_CYCLES);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// For readers: `cargo test --locked list_of_imports -- --ignored --nocapture`.
#[test]
#[ignore = "prints the list of imports by folder, and checks nothing"]
fn list_of_imports() {
    println!("{}", listing::by_folder(&IMPORTS));
}

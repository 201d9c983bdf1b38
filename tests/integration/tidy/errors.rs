//! The documentation of the error codes is complete and true, and the program has each code once.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use reelgraph::error_code::{ErrorCode, Fixer, HttpStatus};

use super::tree::sources;
use crate::support::graphql::definitions;

/// The entries of a section of `docs/errors.md`, by their codes.
fn entries(section: &str) -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors.md");
    let text = fs::read_to_string(path).unwrap();
    let (_, section) = text.split_once(&format!("\n## {section}\n")).expect("there is the section");
    let section = section.split("\n## ").next().unwrap();
    let entries = section.split("\n### `").skip(1).map(|entry| {
        let (code, body) = entry.split_once("`\n\n").expect("a heading is a code");
        (code.to_owned(), body.to_owned())
    });
    let all: Vec<_> = entries.collect();
    let by_code: BTreeMap<_, _> = all.iter().cloned().collect();
    assert_eq!(by_code.len(), all.len(), "a code has two entries");
    by_code
}

/// Checks that the entries are those of the codes, and that each says what to do.
#[track_caller]
fn check<'a>(entries: &BTreeMap<String, String>, codes: impl IntoIterator<Item = &'a str>) {
    let mut codes: Vec<&str> = codes.into_iter().collect();
    codes.sort_unstable();
    assert_eq!(entries.keys().collect::<Vec<_>>(), codes);
    for (code, entry) in entries {
        let (cause, remedy) = entry.split_once("\n\n**What to do:** ").unwrap_or((entry, ""));
        assert!(!cause.is_empty() && !remedy.is_empty(), "{code} has no cause or no remedy");
    }
}

/// The line below the heading of a code.
fn facts(code: ErrorCode) -> String {
    let status = match code.status() {
        HttpStatus::Always(status) => status.to_string(),
        HttpStatus::ByMediaType => "400 or 200".to_owned(),
    };
    let fixed = match code.fixer() {
        Fixer::Developer => "fixed by the client's developer",
        Fixer::Caller => "fixed by the caller",
        Fixer::Operator => "fixed by the server's operator",
        Fixer::Time => "retry later",
    };
    format!("HTTP {status} · {fixed}\n\n")
}

#[test]
fn every_code_is_documented_with_its_status_and_what_to_do() {
    let entries = entries("Codes of errors");
    check(&entries, ErrorCode::ALL.iter().map(|code| code.as_str()));
    for code in ErrorCode::ALL {
        let (entry, facts) = (&entries[code.as_str()], facts(*code));
        assert!(entry.starts_with(&facts), "{code} should begin with: {facts}");
    }
}

#[test]
fn every_code_of_user_errors_is_documented() {
    let types = definitions(&reelgraph::graphql::sdl()).into_iter().filter_map(|it| match it {
        TypeSystemDefinition::Type(it) => Some(it.node),
        _ => None,
    });
    let codes = types.into_iter().find_map(|it| match it.kind {
        TypeKind::Enum(codes) if it.name.node == "UserErrorCode" => Some(codes.values),
        _ => None,
    });
    let codes: Vec<_> = codes.unwrap().iter().map(|code| code.node.value.to_string()).collect();
    check(&entries("Codes in `userErrors`"), codes.iter().map(String::as_str));
}

/// The lines of a source that are code, comments and the file's own tests left out.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// A code in a text of its own could differ from the documented ones unnoticed.
#[test]
fn codes_are_written_in_one_place() {
    for (path, text) in sources("src") {
        if path.ends_with("src/error_code.rs") {
            continue;
        }
        for line in code_lines(&text) {
            for code in ErrorCode::ALL {
                let is_there = line.contains(&format!("\"{code}\""));
                assert!(!is_there, "{}: use ErrorCode in `{}`", path.display(), line.trim());
            }
        }
    }
}

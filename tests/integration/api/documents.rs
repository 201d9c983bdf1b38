//! Documents are valid where the specification says so.

use crate::support::graphql::TestApi;
use crate::support::node::node;

const DOCUMENTS: &str = include_str!("../../data/documents.txt");

/// Whether each document is valid.
fn documents() -> impl Iterator<Item = (bool, &'static str)> {
    DOCUMENTS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("valid", document) => (true, document),
            ("invalid", document) => (false, document),
            _ => panic!("no verdict: {line}"),
        }
    })
}

#[test]
fn every_document_is_as_valid_as_the_reference_says() {
    let api = TestApi::new();
    let mut others = Vec::new();
    for (is_valid, document) in documents() {
        let verdict = api.check_document(document);
        if verdict.is_ok() != is_valid {
            others.push(format!("{document}: {verdict:?}"));
        }
    }
    assert_eq!(others, Vec::<String>::new());
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was not found when this was built")]
fn the_verdicts_are_those_of_the_reference() {
    let asked = node("graphql-js", &["verdicts.mjs"]).with_code(0);
    let looked = format!("graphql-js has looked at {} documents\n", documents().count());
    assert!(asked.stdout.starts_with(&looked), "{asked}");
    for what in ["has reported the errors of", "has coerced"] {
        assert!(asked.stdout.contains(what), "{asked}");
    }
}

//! Public text is plain technical English: phrases that were retired do not come back.
//!
//! Public is what users read: the guides, `deploy/`, `--help`, the descriptions in the schema, the
//! pages of the explorer, and the string literals that make up messages.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;
use proc_macro2::{TokenStream, TokenTree};
use reelgraph::command::command_line;

use super::tree::sources;

const CONTRACT: &str = include_str!("../../data/contract.graphql");
const SCHEMA: &str = include_str!("../../../schema.graphql");

/// What a native reader stumbles over, and what to write instead. Upper and lower case, line breaks
/// and Markdown do not matter.
const RETIRED: &[(&str, &str)] = &[
    ("a key of an order", "sort key"),
    ("all the same", "nevertheless"),
    ("anew", "again"),
    ("are told", "get, see"),
    ("beside", "next to, besides, in addition to"),
    ("clean stop", "graceful shutdown"),
    ("could be let in", "could be accepted"),
    ("dearer", "more expensive"),
    ("do not belong", "are not allowed"),
    ("for ever", "permanently"),
    ("good for nothing", "not valid"),
    ("good no longer", "no longer valid"),
    ("has not 16 bytes", "is not 16 bytes long"),
    ("how many that", "their number"),
    ("in the address", "in the URL"),
    ("is none of", "is not one of"),
    ("is said", "the message says"),
    ("is told", "gets, sees"),
    ("json object a line", "JSON object per line"),
    ("leave out", "omit"),
    ("left out", "omitted"),
    ("list of requests", "batch"),
    ("makes a key", "creates a key"),
    ("mend", "fix"),
    ("mended", "fixed"),
    ("mends", "fixes"),
    ("no more at", "no longer at"),
    ("not any more", "no longer"),
    ("of no use", "has no effect"),
    ("show who", "authentication required"),
    ("shows no key", "anonymous callers"),
    ("sign of life", "keep-alive"),
    ("tell", "report, list, document, return"),
    ("tells", "reports, lists, documents, returns"),
    ("that is to say", "that is"),
    ("there already", "existing"),
    ("told", "reported, listed, documented, returned"),
    ("what became of", "result of"),
    ("what can be followed", "root of all subscriptions"),
    ("what is none", "what is not one"),
    ("which way an order", "sort direction"),
    ("whoever", "anyone who, the client that"),
    ("whom", "who"),
];

/// Sentences in which a retired word is the right one.
const ALLOWED: &[&str] = &["the program cannot tell them apart"];

#[test]
fn public_text_has_no_retired_words() {
    let mut texts = guides();
    texts.push(("schema.graphql".to_owned(), own_descriptions()));
    texts.push(("--help".to_owned(), help(command_line())));
    let is_test = |path: &Path| path.components().any(|part| part.as_os_str() == "tests");
    for (path, text) in sources("src").into_iter().filter(|(path, _)| !is_test(path)) {
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        texts.push((shown, literals(text.parse().unwrap()).join(".\n")));
    }
    let found: Vec<String> = texts.iter().flat_map(|(name, text)| retired_in(name, text)).collect();
    assert!(found.is_empty(), "retired words in public text:\n{}", found.join("\n"));
}

#[test]
fn a_retired_word_is_found_wherever_lines_break() {
    let found = |text: &str| retired_in("a.md", text).len();
    assert_eq!(found("The video is no\n  more at the expected version."), 1);
    assert_eq!(found("**Mend** these lines"), 1);
    assert_eq!(found("Recommended, and besides: the program cannot tell them apart."), 0);
}

#[test]
fn literals_are_messages_and_not_documentation() {
    let source = r#"
        /// Whoever reads this.
        fn f() -> &'static str { println!("a {b} c", b = 1); "d \
            e" }
    "#;
    assert_eq!(literals(source.parse().unwrap()), ["a {b} c", "d e"]);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The guides, the examples of operators and the explorer, each with its name.
fn guides() -> Vec<(String, String)> {
    let of_folder = |folder: &str| {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path()).filter(|path| is_text(path)).collect::<Vec<_>>()
    };
    let mut files: Vec<PathBuf> = ["docs", "docs/how-to", "deploy", "web"].map(of_folder).concat();
    files.extend(
        ["README.md", "ARCHITECTURE.md", "src/http/graphiql/cdn.html"]
            .map(|name| root().join(name)),
    );
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, fs::read_to_string(path).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// Whether people read a file as text: not pictures, folders and what npm writes.
fn is_text(path: &Path) -> bool {
    let is_other = |extension| ["dockerignore", "json", "png", "svg"].contains(&extension);
    let extension = path.extension().and_then(|extension| extension.to_str());
    path.is_file() && !extension.is_some_and(is_other)
}

/// The descriptions in the schema, except for sentences of the contract: those are promises.
fn own_descriptions() -> String {
    let contract = plain(CONTRACT);
    let mut is_block = false;
    let is_description = |line: &&str| {
        let is_fence = line.trim() == "\"\"\"";
        is_block ^= is_fence;
        is_block || is_fence || line.trim().starts_with('"')
    };
    let descriptions: Vec<&str> = SCHEMA.lines().filter(is_description).collect();
    let descriptions = plain(&descriptions.join("\n"));
    let sentences = descriptions.split_inclusive(". ");
    sentences.filter(|sentence| !contract.contains(sentence.trim())).collect()
}

/// The help of a command and of those below it.
fn help(mut command: Command) -> String {
    let mut text = command.render_long_help().to_string();
    for below in command.get_subcommands() {
        text.push_str(&help(below.clone()));
    }
    text
}

/// The texts in a source, with their line breaks resolved, but no documentation.
fn literals(source: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_attribute = false;
    for token in source {
        match token {
            TokenTree::Group(group) => {
                let is_documentation =
                    is_attribute && group.stream().to_string().starts_with("doc");
                if !is_documentation {
                    found.extend(literals(group.stream()));
                }
                is_attribute = false;
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if let Some((_, text)) = text.split_once('"') {
                    let text = text.trim_end_matches(['"', '#']).split("\\\n");
                    let lines = text.enumerate().map(|(at, line)| match at {
                        0 => line,
                        _ => line.trim_start(),
                    });
                    found.push(lines.collect());
                }
                is_attribute = false;
            }
            TokenTree::Punct(punct) => is_attribute = "#!".contains(punct.as_char()),
            TokenTree::Ident(_) => is_attribute = false,
        }
    }
    found
}

/// A text in lower case, with single spaces and without Markdown's marks.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace(['*', '`', '"', '#'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn retired_in(name: &str, text: &str) -> Vec<String> {
    let mut text = plain(text);
    for allowed in ALLOWED {
        text = text.replace(allowed, "");
    }
    let found = |(word, instead): &(&str, &str)| {
        let at = position(&text, word)?;
        let shown: String = text[at..].chars().take(60).collect();
        Some(format!("{name}: \"{shown}…\" has \"{word}\": write \"{instead}\""))
    };
    RETIRED.iter().filter_map(found).collect()
}

/// Where a text has a phrase as whole words.
fn position(text: &str, phrase: &str) -> Option<usize> {
    let is_part_of_word = |c: char| c.is_alphanumeric() || "-_{".contains(c);
    text.match_indices(phrase).map(|(at, _)| at).find(|at| {
        !text[..*at].ends_with(is_part_of_word)
            && !text[at + phrase.len()..].starts_with(is_part_of_word)
    })
}

//! Small programs, with and without cycles, that the analysis is tried on.

use super::graph::{Graph, Sources};
use super::{cycles, trespasses};

/// The graph of files, each with its path.
fn graph(files: &[(&str, &str)]) -> Graph {
    let sources: Sources =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Graph::of(&sources)
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(cycles(&graph(files), &[]).join("\n"), expected.join("\n"));
}

const TWO: &str =
    "2 files use each other in a circle; move what they share into a file of its own:";

#[test]
fn files_that_import_each_other_are_a_cycle() {
    let lib = ("lib.rs", "mod a; mod b;");
    let a = ("a.rs", "use std::fmt;\nuse crate::b::{self, B as Other};\npub struct A(Other);");
    let expected = [TWO, "  src/a.rs:2 uses src/b.rs (crate::b::B)"];
    let whole = [&expected[..], &["  src/b.rs:1 uses src/a.rs (super::a::A)\n"]].concat();
    check(&[lib, a, ("b.rs", "use super::a::A;\npub struct B(A);")], &whole);
    let inline = "pub struct B;\nfn f() { json!(super::a::A) }";
    let whole = [&expected[..], &["  src/b.rs:2 uses src/a.rs (super::a::A)\n"]].concat();
    check(&[lib, a, ("b.rs", inline)], &whole);
    let through_name = "use super::a;\npub struct B;\nfn f() { a::A }";
    let whole = [&expected[..], &["  src/b.rs:3 uses src/a.rs (a::A)\n"]].concat();
    check(&[lib, a, ("b.rs", through_name)], &whole);
    check(&[lib, a, ("b.rs", "use super::a;\npub struct B;")], &[]);
}

#[test]
fn what_is_re_exported_is_used_where_it_is_defined() {
    let lib = ("lib.rs", "mod a;");
    let module = ("a/mod.rs", "mod b;\nmod c;\npub use b::B;\npub(crate) use self::c::*;");
    let b = ("a/b.rs", "use super::C;\npub struct B(C);");
    let expected = [
        TWO,
        "  src/a/b.rs:1 uses src/a/c.rs (super::C)",
        "  src/a/c.rs:1 uses src/a/b.rs (crate::a::B)\n",
    ];
    check(&[lib, module, b, ("a/c.rs", "use crate::a::B;\npub struct C(B);")], &expected);
    check(&[lib, module, b, ("a/c.rs", "pub struct C;")], &[]);
}

#[test]
fn a_module_with_code_is_in_a_cycle_with_children_that_use_it() {
    let lib = ("lib.rs", "mod a;");
    let b = ("a/b.rs", "use super::Shared;\npub struct B(Shared);");
    let declares = ("a/mod.rs", "mod b;\npub use b::B;\npub struct Shared;");
    check(&[lib, declares, b], &[]);
    let uses = ("a/mod.rs", "mod b;\npub use b::B;\npub struct Shared;\nfn f(b: B) {}");
    let expected = [
        TWO,
        "  src/a/b.rs:1 uses src/a/mod.rs (super::Shared)",
        "  src/a/mod.rs:4 uses src/a/b.rs (B)\n",
    ];
    check(&[lib, uses, b], &expected);
}

#[test]
fn what_only_tests_see_does_not_count() {
    let lib = ("lib.rs", "mod a; mod b; #[cfg(test)] mod tests;");
    let tests = "#[cfg(test)]\nuse crate::b::{B, C};\n#[cfg(test)]\nmod tests { use crate::b::B; }";
    let a = format!("pub struct A;\n{tests}\n/// Like [`crate::b::B`].\npub fn f() {{}}");
    check(&[lib, ("a.rs", &a), ("b.rs", "use crate::a::{A, f};")], &[]);
    let after = format!("{a}\nfn g(b: crate::b::B) {{}}");
    let expected = [
        TWO,
        "  src/a.rs:8 uses src/b.rs (crate::b::B)",
        "  src/b.rs:1 uses src/a.rs (crate::a::A)\n",
    ];
    check(&[lib, ("a.rs", &after), ("b.rs", "use crate::a::{A, f};")], &expected);
}

#[test]
fn a_list_of_known_cycles_may_not_be_longer_than_they_are() {
    let tied = [("lib.rs", "mod a;"), ("a/mod.rs", "mod b; fn f() -> b::B {}")];
    let b = ("a/b.rs", "use super::f;");
    let graph = graph(&[tied[0], tied[1], b]);
    assert_eq!(cycles(&graph, &["a"]), [""; 0]);
    assert_eq!(cycles(&graph, &["a", "b"]), ["src/b has no cycles: take it off the list"]);
}

#[test]
fn a_store_is_used_by_commands_alone() {
    let lib = ("lib.rs", "mod command; mod feed; mod repository;");
    let repository = ("repository/mod.rs", "pub mod sqlite;\npub use sqlite::Store;");
    let store = ("repository/sqlite/mod.rs", "pub struct Store;");
    let command = ("command.rs", "use crate::repository::Store;");
    let feed = ("feed.rs", "use crate::{\n    repository::Store,\n};");
    let graph = graph(&[lib, repository, store, command, feed]);
    let expected = "src/feed.rs:2 may not use src/repository/sqlite/mod.rs \
                    (crate::repository::Store)";
    assert_eq!(trespasses(&graph), [expected]);
}

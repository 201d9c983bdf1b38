//! Databases that cannot be used, and commands that have no use there: one sentence each, with what to do.

use super::{Library, SAMPLE, execute};
use crate::support::binary::Finished;
use crate::support::postgres::new_database;

/// A place where nobody listens.
const NOWHERE: &str = "postgres://lucy:tr0ub4dor@127.0.0.1:1/films";

#[track_caller]
fn refused(url: String, arguments: &[&str], parts: &[&str]) {
    let refused = Library::at(url).run(arguments).with_code(1);
    for part in parts {
        assert!(refused.stderr.contains(part), "{part:?} is missing\n{refused}");
    }
    assert!(!refused.stderr.contains("tr0ub4dor"), "{refused}");
    assert_eq!(refused.stderr.trim_end().lines().count(), 1, "{refused}");
}

#[test]
fn a_server_that_does_not_answer_is_named() {
    for arguments in [&["migrate"][..], &["check"], &["import", SAMPLE], &["key", "list"]] {
        let parts = ["cannot reach PostgreSQL at 127.0.0.1:1: ", "check that it is running"];
        refused(NOWHERE.to_owned(), arguments, &parts);
    }
}

#[test]
fn a_url_that_is_not_one_is_explained_without_its_password() {
    for (url, hint) in [
        ("postgre://lucy:tr0ub4dor@host/films", "write postgres://USER@HOST/DATABASE"),
        ("mysql://lucy:tr0ub4dor@host/films", "write postgres://USER@HOST/DATABASE"),
        ("postgres://lucy:tr0ub4dor@host:port/films", "invalid port"),
        ("postgres://lucy:1/tr0ub4dor@host/films", "is not valid"),
        ("postgres://host/films?password=tr0ub4dor", "--database-password-file"),
        ("postgres://lucy:tr0ub4dor@host/films?sslmod=x", "after the ?, write only"),
        ("postgres://lucy:tr0ub4dor@host/films?sslmode=x", "is not valid: unknown value"),
        ("postgres://lucy:tr0ub4dor@host/films?sslrootcert=/none", "cannot read /none"),
    ] {
        refused(url.to_owned(), &["migrate"], &["is not valid", hint]);
        let shown = Library::at(url.to_owned()).run(&["config"]).with_code(1);
        assert!(!(shown.stdout.clone() + &shown.stderr).contains("tr0ub4dor"), "{shown}");
        assert!(shown.stderr.contains("--database-url: "), "{shown}");
    }
}

#[test]
fn backup_and_restore_name_the_tools_of_postgresql() {
    let parts = ["pg_dump --format=custom", "postgres://lucy@127.0.0.1:1/films", "pg_basebackup"];
    refused(NOWHERE.to_owned(), &["backup", "copy.db"], &parts);
    refused(NOWHERE.to_owned(), &["restore", "copy.db"], &["pg_restore --dbname=postgres://lucy@"]);
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn an_unknown_database_is_named() {
    let url = new_database("").replace("/database_", "/missing_");
    refused(url, &["migrate"], &["has no database missing_", "createdb --encoding=UTF8"]);
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn another_encoding_is_refused() {
    let url = new_database("TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'");
    refused(url, &["migrate"], &["has the encoding SQL_ASCII: create one with the encoding UTF8"]);
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_library_of_another_version_is_refused() {
    let library = Library::in_database();
    library.run(&["migrate"]).with_code(0);
    execute(&library.url, "INSERT INTO migrations VALUES ('20991231000000_newer', '')");
    for command in ["migrate", "check"] {
        let part = "which this version does not know: use a newer version of reelgraph";
        refused(library.url.clone(), &[command], &[part]);
    }
    execute(&library.url, "DELETE FROM migrations WHERE name LIKE '%newer' OR name LIKE '%keys'");
    refused(library.url.clone(), &["check"], &["of an older version", "`reelgraph migrate`"]);
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_database_of_another_program_is_left_alone() {
    let url = new_database("");
    execute(&url, "CREATE TABLE migrations (id int, migration text)");
    refused(url.clone(), &["migrate"], &["has tables of another program"]);
    refused(url, &["check"], &["has tables of another program"]);
}

#[test]
fn settings_for_postgresql_are_refused_beside_another_library() {
    let library = Library::in_file();
    let url = "postgres://lucy:tr0ub4dor@127.0.0.1/films";
    let of_servers = [["--read-database-url", url], ["--max-replica-lag-seconds", "5"]];
    let of_all = [
        ["--database-password-file", "/etc/reelgraph/password"],
        ["--database-direct-url", url],
        ["--database-pool-size", "8"],
        ["--database-connect-timeout-seconds", "5"],
    ];
    for [name, value] in of_all.into_iter().chain(of_servers) {
        let parts = [&format!("error: {name}: only for a library in PostgreSQL, "), "remove it"];
        for command in ["serve", "health"] {
            let arguments = [command, "--listen", "127.0.0.1:0", name, value];
            refused(library.url.clone(), &arguments, &parts);
            refused("memory:".to_owned(), &arguments, &parts);
        }
        let shown = library.run(&["config", name, value]).with_code(1);
        shown.saying(&format!("\n{name}: only for"));
    }
    for [name, value] in of_all {
        let other = library.folder.url("other.db");
        for command in [&["migrate"][..], &["key", "list"], &["copy", &library.url, &other]] {
            let arguments = [command, &[name, value]].concat();
            refused(library.url.clone(), &arguments, &["only for a library in PostgreSQL"]);
        }
    }
    assert!(!library.folder.path("library.db").exists());
}

#[test]
fn settings_that_have_no_use_are_named_with_their_source() {
    let library = Library::in_file();
    let file = library.folder.path("settings.toml");
    std::fs::write(&file, "database-pool-size = 8\n").unwrap();
    let mut command = library.command(&["migrate", "--config", file.to_str().unwrap()]);
    command.env("REELGRAPH_DATABASE_CONNECT_TIMEOUT_SECONDS", "10");
    let refused = Finished::run(command).with_code(1);
    let in_file = format!("--database-pool-size ({}:1)", file.display());
    let in_variable = "(REELGRAPH_DATABASE_CONNECT_TIMEOUT_SECONDS)";
    refused.saying(&in_file).saying(in_variable).saying("this one is sqlite:");
}

#[test]
fn a_copy_between_databases_has_no_direct_url() {
    let other = NOWHERE.replace("films", "other");
    let arguments = ["copy", NOWHERE, &other, "--database-direct-url", NOWHERE];
    let parts = ["--database-direct-url: FROM and TO are both in PostgreSQL", "not poolers"];
    refused(NOWHERE.to_owned(), &arguments, &parts);
}

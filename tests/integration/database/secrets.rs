//! Passwords: where they can come from, and that nobody sees them.

use std::fs;
use std::process::Command;

use super::{Library, execute};
use crate::support::binary::Server;
use crate::support::postgres::new_database;

const PASSWORD: &str = "tr0ub4dor";

/// A library of a user with a password, named by the URL without it.
fn guarded() -> Library {
    let url = new_database("");
    execute(
        &url,
        "DO $$ BEGIN
            PERFORM pg_advisory_xact_lock(1);
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'guarded') THEN
                CREATE ROLE guarded LOGIN PASSWORD 'tr0ub4dor';
            END IF;
        END $$;
        GRANT CREATE ON SCHEMA public TO guarded",
    );
    Library::at(url.replace("//postgres@", "//guarded@"))
}

#[track_caller]
fn succeeds(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_password_comes_from_the_url_a_file_or_where_psql_finds_it() {
    let library = guarded();
    let with_password = |password: &str| {
        Library::at(library.url.replace("guarded@", &format!("guarded:{password}@")))
    };
    succeeds(with_password(PASSWORD).command(&["migrate"]));

    let file = library.folder.path("password");
    fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    succeeds(library.command(&["check", "--database-password-file", file.to_str().unwrap()]));

    let mut command = library.command(&["check"]);
    command.env("PGPASSWORD", PASSWORD);
    succeeds(command);

    let missing = library.run(&["check"]).with_code(1);
    missing.saying("refused the connection").saying("check the user and the password");
    let wrong = with_password("hunter2").run(&["check"]).with_code(1);
    assert!(!wrong.stderr.contains("hunter2"), "{wrong}");
    wrong.saying("password authentication failed for user \"guarded\"");
    let arguments = ["check", "--database-password-file", "/none"];
    library.run(&arguments).with_code(1).saying("cannot read /none");
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn of_several_passwords_the_one_nearest_to_the_command_counts() {
    let library = guarded();
    library.folder.shell("unused", "umask 077; echo '*:*:*:guarded:tr0ub4dor' > .pgpass");
    let in_url = |password: &str| library.url.replace("guarded@", &format!("guarded:{password}@"));
    let file = library.folder.path("password");
    // Where a password is, from the nearest place on. The first one there is the right one.
    for first in 0..4 {
        let word = |place| if place == first { PASSWORD } else { "hunter2" };
        let mut command = library.command(&["migrate"]);
        command.env("HOME", library.folder.path("")).env_remove("PGPASSFILE");
        if first == 0 {
            command.env("REELGRAPH_DATABASE_URL", in_url(word(0)));
        }
        if first <= 1 {
            fs::write(&file, word(1)).unwrap();
            command.arg("--database-password-file").arg(&file);
        }
        if first <= 2 {
            command.env("PGPASSWORD", word(2));
        }
        let path = library.folder.path(".pgpass");
        fs::write(&path, format!("*:*:*:guarded:{}\n", word(3))).unwrap();
        succeeds(command);
    }
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn the_log_has_no_password_however_much_it_tells() {
    let library = guarded();
    let mut command = library.command(&["--log-level=trace"]);
    let url = library.url.replace("guarded@", &format!("guarded:{PASSWORD}@"));
    command.env("REELGRAPH_DATABASE_URL", url).env("REELGRAPH_LISTEN", "127.0.0.1:0");
    let server = Server::spawn(command);
    assert_eq!(server.ask("{ videos { totalCount } }").status, 200);
    let arguments = server.arguments();
    server.signal("TERM");
    let finished = server.finish().with_code(0);
    assert!(!finished.stderr.contains(PASSWORD), "{}", finished.stderr);
    assert!(finished.stderr.contains("postgres://guarded@"), "{}", finished.stderr);
    assert!(!arguments.contains(PASSWORD), "{arguments}");
}

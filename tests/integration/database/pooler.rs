//! A library behind PgBouncer in transaction mode.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use serde_json::json;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Row};

use super::{Library, SAMPLE};
use crate::support::binary::PATIENCE;
use crate::support::folder::Folder;
use crate::support::postgres::block_on;

/// A pooler with few connections, which ends with the test.
struct Pooler {
    url: String,
    process: Child,
    _folder: Folder,
}

impl Pooler {
    /// One before the database at this URL.
    fn before(url: &str) -> Self {
        let (address, host) = url.split_once("?host=").unwrap();
        let database = address.rsplit('/').next().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = Folder::new();
        let settings = format!(
            "[databases]\n{database} = host={host} user=postgres\n[pgbouncer]\nauth_type = any\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             pool_mode = transaction\ndefault_pool_size = 2\n"
        );
        let file = folder.path("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        let mut command = Command::new("pgbouncer");
        if cfg!(superuser) {
            // It refuses to be run by root.
            let readable = ["-R", "a+rX", folder.path("").to_str().unwrap()].map(str::to_owned);
            assert!(Command::new("chmod").args(readable).status().unwrap().success());
            command.args(["--user", "postgres"]);
        }
        let process = command.arg(&file).stderr(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "the pooler does not listen");
            thread::yield_now();
        }
        let url = format!("postgres://postgres@127.0.0.1:{port}/{database}");
        Self { url, process, _folder: folder }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What is set on the connection that the pooler gives to whoever asks.
fn setting(url: &str, name: &str) -> String {
    block_on(async {
        // Which PgBouncer refuses.
        let options = url.parse::<PgConnectOptions>().unwrap().extra_float_digits(None);
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        let show = AssertSqlSafe(format!("SHOW {name}"));
        sqlx::raw_sql(show).fetch_one(&mut connection).await.unwrap().get(0)
    })
}

#[test]
#[cfg_attr(not(all(postgres, pgbouncer)), ignore = "needs PostgreSQL 15 and PgBouncer")]
fn many_clients_get_their_own_answers_through_few_connections() {
    let direct = Library::in_database();
    direct.run(&["import", SAMPLE]).with_code(0);
    let pooler = Pooler::before(&direct.url);
    let pooled = Library::at(pooler.url.clone());
    let server = pooled.serve(&["--database-direct-url", &direct.url]);
    let wide = server.ask("{ videos(filter: { width: { gte: 2560 } }) { totalCount } }");
    let wide = wide.json()["data"]["videos"]["totalCount"].clone();
    thread::scope(|scope| {
        for client in 0..16 {
            let (server, wide) = (&server, &wide);
            scope.spawn(move || {
                for turn in 0..20 {
                    let path = format!("/films/{client}-{turn}.mkv");
                    let added = server.ask(&format!(
                        "mutation {{ addVideo(input: {{ path: \"{path}\", durationFrames: 1,
                            frameRate: {{ numerator: 25 }}, width: 1, height: 1, fileSize: 1,
                            videoCodec: \"av1\" }}) {{ video {{ path }} }} }}"
                    ));
                    assert_eq!(added.json()["data"]["addVideo"]["video"]["path"], path, "{added}");
                    let read = server.ask(&format!(
                        "{{ videoByPath(path: \"{path}\") {{ path auditEntries {{ totalCount }} }}
                            videos(filter: {{ width: {{ gte: 2560 }} }}) {{ totalCount }} }}"
                    ));
                    let expected = json!({
                        "videoByPath": { "path": path, "auditEntries": { "totalCount": 1 } },
                        "videos": { "totalCount": wide },
                    });
                    assert_eq!(read.json()["data"], expected, "{read}");
                }
            });
        }
    });
    pooled.run(&["check", "--database-direct-url", &direct.url]).with_code(0);
    // Others get the connections that the server has used.
    for (name, value) in
        [("statement_timeout", "0"), ("jit", "on"), ("transaction_read_only", "off")]
    {
        assert_eq!(setting(&pooler.url, name), value, "{name}");
    }
}

#[test]
#[cfg_attr(not(all(postgres, pgbouncer)), ignore = "needs PostgreSQL 15 and PgBouncer")]
fn a_pooler_before_another_database_is_refused() {
    let (one, other) = (Library::in_database(), Library::in_database());
    let pooler = Pooler::before(&other.url);
    let library = Library::at(pooler.url.clone());
    for command in ["serve", "migrate"] {
        let refused = library.run(&[command, "--database-direct-url", &one.url]).with_code(1);
        refused
            .saying(
                "--database-url and --database-direct-url lead to different databases (database_",
            )
            .saying("name the database behind the pooler");
    }
    // Nothing was done to either.
    for untouched in [one, other] {
        untouched.run(&["check"]).with_code(1).saying("there is no library in the database");
    }
}

#[test]
#[cfg_attr(not(all(postgres, pgbouncer)), ignore = "needs PostgreSQL 15 and PgBouncer")]
fn a_library_is_copied_to_and_from_a_database_behind_a_pooler() {
    let (from, there, back) = (Library::in_file(), Library::in_database(), Library::in_file());
    from.run(&["import", SAMPLE]).with_code(0);
    let pooler = Pooler::before(&there.url);
    let copy = |from: &str, to: &str, direct: &Library| {
        back.run(&["copy", from, to, "--database-direct-url", &direct.url])
    };
    let elsewhere = copy(&from.url, &pooler.url, &Library::in_database()).with_code(1);
    elsewhere.saying("lead to different databases");
    copy(&from.url, &pooler.url, &there).with_code(0);
    there.run(&["check"]).with_code(0);
    copy(&pooler.url, &back.url, &there).with_code(0);
    let exported = [&from, &back].map(|library| library.run(&["export"]).with_code(0).stdout);
    assert_eq!(exported[0], exported[1]);
}

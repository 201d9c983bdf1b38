//! Servers that share a library in PostgreSQL, and of which one has the files.

use crate::scanning::films::Films;
use crate::scanning::server::ended_scans;
use crate::support::binary::{Server, reelgraph};
use crate::support::postgres::new_database;

fn serve(films: &Films, url: &str, arguments: &[&str]) -> Server {
    let given = ["--listen", "127.0.0.1:0", "--serve-files", "all", "--cache-bytes", "0"];
    let mut command = reelgraph(&[&given, arguments].concat());
    command.env("REELGRAPH_DATABASE_URL", url).env("REELGRAPH_FFPROBE", films.ffprobe());
    Server::spawn(command)
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_server_without_the_files_leaves_them_to_the_one_that_has_them() {
    let films = Films::named(&["a.mkv"]);
    let url = new_database("");
    let root = format!("films={}", films.folder.path("films").display());
    let with_files = serve(&films, &url, &["--root", &root]);
    ended_scans(&with_files, 1);
    let without = serve(&films, &url, &[]);
    let data = without.ask("{ videos { nodes { fileUrl } } }").json();
    let address = data["data"]["videos"]["nodes"][0]["fileUrl"].as_str().unwrap();
    assert_eq!(with_files.get(address).body, "320 a.mkv");
    // Even if a folder on this machine has the same path, with another file.
    films.write("a.mkv", "640 another");
    let answer = without.get(address);
    assert_eq!((answer.status, &*answer.code()), (503, "SERVICE_UNAVAILABLE"), "{answer}");
    assert!(answer.body.contains("another server has the library root"), "{answer}");
    assert_eq!(ended_scans(&with_files, 1).len(), 1);
    assert_eq!(with_files.get(address).code(), "FILE_CHANGED");
}

//! The example app in a browser, while the library changes and answers to the page are held back, and on a server
//! that serves files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::OnceLock;

use crate::clients::kit;
use crate::support::binary::Server;
use crate::support::folder::Folder;
use crate::support::node::{node, npm_run};

const APP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/app/dist");
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

/// Where pictures of the app go.
const PICTURES: &str = env!("CARGO_TARGET_TMPDIR");

/// An ffprobe that waits while somebody locks `HOLD`.
const FFPROBE: &str = "#!/bin/sh
[ ! -e 'HOLD' ] || flock -s 'HOLD' true
exec ffprobe \"$@\"
";

/// Builds the app, once for all tests that run at the same time.
fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        kit::build();
        // Seen from `tests`.
        npm_run("../examples/app", "bundle", &[]);
    });
}

/// A key with this role for a library in a folder.
fn key(folder: &Folder, role: &str) -> String {
    let created = folder.run("films.db", &["key", "create", "--name", role, "--role", role]);
    created.with_code(0).stdout.trim_end().to_owned()
}

#[test]
#[cfg_attr(
    not(all(chromium, node)),
    ignore = "needs Node.js and Chromium, one of which was missing when this was built"
)]
fn the_example_app_shows_what_the_server_has() {
    build();
    let folder = Folder::new();
    folder.run("films.db", &["import", SAMPLE]).with_code(0);
    let [editor, reader] = ["editor", "reader"].map(|role| key(&folder, role));
    let server = Server::start(&["--sample", "--app-dir", APP]);
    let closed = Server::start(&["--database-url", &folder.url("films.db"), "--app-dir", APP]);
    let changes = std::env::var("REELGRAPH_TEST_APP_CHANGES").unwrap_or("20".to_owned());
    let (url, closed) = (server.url("/app/"), closed.url("/app/"));
    let arguments = ["app.mjs", &url, &closed, &editor, &reader, PICTURES, &changes, "1"];
    node("app", &arguments).with_code(0);
}

#[test]
#[cfg_attr(
    not(all(chromium, node, ffmpeg)),
    ignore = "needs Node.js, Chromium and ffmpeg, one of which was missing when this was built"
)]
fn the_example_app_shows_pictures_plays_films_and_finds_what_was_moved() {
    build();
    let folder = Folder::new();
    let path = |name: &str| folder.path(name).display().to_string();
    let roots = ["films", "archive"].map(|name| {
        fs::create_dir(folder.path(name)).unwrap();
        format!("{name}={}", path(name))
    });
    fs::write(path("ffprobe"), FFPROBE.replace("HOLD", &path("hold"))).unwrap();
    fs::set_permissions(path("ffprobe"), fs::Permissions::from_mode(0o755)).unwrap();
    let key = key(&folder, "editor");
    let (library, ffprobe) = (folder.url("films.db"), path("ffprobe"));
    let arguments: [&str; 12] = [
        "--database-url",
        &library,
        "--root",
        &roots[0],
        "--root",
        &roots[1],
        "--serve-files",
        "all",
        "--ffprobe",
        &ffprobe,
        "--app-dir",
        APP,
    ];
    let server = Server::start(&arguments);
    let folder_path = folder.path("").display().to_string();
    node("app", &["media.mjs", &server.url("/app/"), &key, &folder_path, PICTURES]).with_code(0);
}

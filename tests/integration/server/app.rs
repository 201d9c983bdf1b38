//! The example app in a browser, while the library changes and answers to the page are held back.

use crate::clients::kit;
use crate::support::binary::Server;
use crate::support::folder::Folder;
use crate::support::node::{node, npm_run};

const APP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/app/dist");
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

#[test]
#[cfg_attr(
    not(all(chromium, node)),
    ignore = "needs Node.js and Chromium, one of which was missing when this was built"
)]
fn the_example_app_shows_what_the_server_has() {
    kit::build();
    // Seen from `tests`.
    npm_run("../examples/app", "bundle", &[]);
    let folder = Folder::new();
    folder.run("films.db", &["import", SAMPLE]).with_code(0);
    let [key, reader_key] = ["editor", "reader"].map(|role| {
        let created = folder.run("films.db", &["key", "create", "--name", role, "--role", role]);
        created.with_code(0).stdout.trim_end().to_owned()
    });
    let server = Server::start(&["--sample", "--app-dir", APP]);
    let closed = Server::start(&["--database-url", &folder.url("films.db"), "--app-dir", APP]);
    let changes = std::env::var("REELGRAPH_TEST_APP_CHANGES").unwrap_or("20".to_owned());
    let (url, closed) = (server.url("/app/"), closed.url("/app/"));
    let pictures = env!("CARGO_TARGET_TMPDIR");
    let arguments = ["app.mjs", &url, &closed, &key, &reader_key, pictures, &changes, "1"];
    node("app", &arguments).with_code(0);
}

//! The explorer: what the browser is given, and a browser that uses it.

use ureq::http::Request;

use crate::support::binary::{Answer, Server};
use crate::support::folder::Folder;
use crate::support::node::node;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn page(server: &Server) -> Answer {
    server.send(Request::get(server.url("/graphql")).header("accept", BROWSER).body(()).unwrap())
}

/// The path of the script that the embedded page begins with.
fn script(page: &Answer) -> String {
    let (_, source) = page.body.split_once("src=\"./graphiql/assets/").unwrap();
    let (name, _) = source.split_once('"').unwrap();
    format!("/graphiql/assets/{name}")
}

#[test]
fn a_browser_finds_the_explorer() {
    let server = Server::start(&[]);
    let page = page(&server);
    assert_eq!(page.status, 200, "{page}");
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{page}");
    assert_eq!(page.header("vary"), "accept", "{page}");
    assert_eq!(page.header("cache-control"), "no-cache", "{page}");
    assert!(page.body.contains("query FirstPage"), "{page}");
    let request = Request::get(server.url("/")).header("accept", BROWSER);
    let home = server.send(request.body(()).unwrap());
    assert_eq!((home.status, home.header("location")), (307, "graphql"), "{home}");
}

#[test]
fn no_other_site_can_use_the_page() {
    let server = Server::start(&[]);
    let page = page(&server);
    let policy = page.header("content-security-policy");
    for directive in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|given| given == directive), "{directive}: {page}");
    }
    let scripts = policy.split("; ").find(|directive| directive.starts_with("script-src "));
    assert!(!scripts.unwrap().contains("unsafe"), "{page}");
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(page.header(name), value, "{page}");
    }
}

#[test]
fn the_page_and_the_log_say_where_else_the_explorer_comes_from() {
    let server = Server::start(&[]);
    let page = page(&server);
    server.signal("TERM");
    let finished = server.finish();
    let is_elsewhere = cfg!(not(explorer));
    assert_eq!(page.body.contains("older version from cdn.jsdelivr.net"), is_elsewhere, "{page}");
    let says_so = finished.stderr.contains("browsers load it from cdn.jsdelivr.net");
    assert_eq!(says_so, is_elsewhere, "{finished}");
}

#[test]
#[cfg_attr(not(explorer), ignore = "needs GraphiQL, which was not built with this")]
fn what_the_page_loads_can_be_kept_for_ever() {
    let server = Server::start(&[]);
    let page = page(&server);
    let path = script(&page);
    for (accepted, encoding) in
        [("gzip, deflate, br, zstd", "br"), ("BR;q=0.5", "br"), ("br;q=0, gzip", "gzip"), ("", "")]
    {
        let request = Request::head(server.url(&path)).header("accept-encoding", accepted);
        let script = server.send(request.body(()).unwrap());
        assert_eq!(script.status, 200, "{script}");
        assert_eq!(script.header("content-encoding"), encoding, "{script}");
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8", "{script}");
        assert_eq!(script.header("vary"), "accept-encoding", "{script}");
        assert_eq!(script.header("x-content-type-options"), "nosniff", "{script}");
        let caching = script.header("cache-control");
        assert_eq!(caching, "public, max-age=31536000, immutable", "{script}");
    }
    let plain = server.get(&path);
    assert!(plain.body.contains("__vite"), "this is not the script: {:.1000}", plain.body);
    assert_eq!(server.get("/graphiql/assets/none.js").code(), "NOT_FOUND");
}

#[test]
#[cfg_attr(not(node), ignore = "needs Node.js, which was missing when this was built")]
fn both_pages_send_the_operation_name_that_belongs_to_the_document() {
    let asked = node("graphql-js", &["explorer.mjs"]).with_code(0);
    for page in ["web/request.js", "src/http/graphiql/cdn.html"] {
        assert!(asked.stdout.contains(page), "{asked}");
    }
}

/// A key to the library `films.db`.
fn key_for(folder: &Folder, role: &str) -> String {
    let made = folder.run("films.db", &["key", "create", "--name", role, "--role", role]);
    made.with_code(0).stdout.trim_end().to_owned()
}

#[test]
#[cfg_attr(
    not(all(chromium, explorer, node)),
    ignore = "needs Node.js, Chromium and GraphiQL, one of which was missing when this was built"
)]
fn a_browser_without_a_network_can_use_the_explorer() {
    let server = Server::start(&["--sample"]);
    let screenshot = concat!(env!("CARGO_TARGET_TMPDIR"), "/explorer.png");
    let folder = Folder::new();
    let [key, reader_key] = ["admin", "reader"].map(|role| key_for(&folder, role));
    let closed = Server::start(&["--database-url", &folder.url("films.db")]);
    let (url, closed) = (server.url("/graphql"), closed.url("/graphql"));
    let used = node("explorer", &["explorer.mjs", &url, screenshot, &closed, &key, &reader_key]);
    used.with_code(0);
}

#[test]
#[cfg_attr(
    not(all(chromium, node)),
    ignore = "needs Node.js and Chromium, one of which was missing when this was built"
)]
fn a_browser_can_use_the_page_that_loads_graphiql_from_elsewhere() {
    let folder = Folder::new();
    let key = key_for(&folder, "admin");
    let closed = Server::start(&["--database-url", &folder.url("films.db")]);
    node("explorer", &["cdn.mjs", &closed.url("/graphql"), &key]).with_code(0);
}

#[test]
fn the_log_says_how_to_fill_an_empty_library() {
    let folder = Folder::new();
    let server = Server::start(&["--database-url", &folder.url("films.db")]);
    let line = server.wait_for_log("the library is empty");
    assert!(line.contains("reelgraph import FILE"), "{line}");
    let sample = Server::start(&["--sample"]);
    sample.signal("TERM");
    let finished = sample.finish();
    assert!(!finished.stderr.contains("the library is empty"), "{finished}");
}

#[test]
#[cfg_attr(not(explorer), ignore = "needs GraphiQL, which was not built with this")]
fn the_page_has_the_name_of_the_library_without_its_folder() {
    let folder = Folder::new();
    let server = Server::start(&["--database-url", &folder.url("films.db")]);
    let page = page(&server);
    assert!(
        page.body.contains(r#"<script id="library" type="application/json">"films"</script>"#),
        "{page}"
    );
}

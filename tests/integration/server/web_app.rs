//! A built web app, served beside the API: its files and nothing else.

use std::fs;
use std::io::{Read, Write};

use ureq::http::Request;

use crate::support::binary::{Answer, Finished, Server, reelgraph};
use crate::support::folder::Folder;

const PAGE: &str = "<!doctype html><title>An app</title>";
const SECRET: &str = "nobody may read this";

/// A folder with an app in `dist`, and secrets beside it and hidden in it.
fn app() -> Folder {
    let folder = Folder::new();
    for (path, content) in [
        ("dist/index.html", PAGE.to_owned()),
        ("dist/assets/app-1a2b.js", "console.log(1);\n".repeat(500)),
        ("dist/assets/style.css", "body { margin: 0 }".to_owned()),
        ("dist/a b/été.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_owned()),
        ("dist/clip.webm", "0123456789".to_owned()),
        ("dist/unknown.xyz", "?".to_owned()),
        ("dist/guide/index.html", "a guide".to_owned()),
        ("dist/.env", SECRET.to_owned()),
        ("dist/.git/config", SECRET.to_owned()),
        ("secret.txt", SECRET.to_owned()),
        ("secrets/a.txt", SECRET.to_owned()),
    ] {
        let path = folder.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn serve(folder: &Folder, more: &[&str]) -> Server {
    let app = folder.path("dist");
    Server::start(&[&["--app-dir", app.to_str().unwrap()], more].concat())
}

#[track_caller]
fn get(server: &Server, path: &str, header: (&str, &str)) -> Answer {
    server.send(Request::get(server.url(path)).header(header.0, header.1).body(()).unwrap())
}

#[test]
fn every_file_has_its_type_and_other_paths_get_the_page() {
    let server = serve(&app(), &[]);
    for (path, content_type, begin) in [
        ("/app/", "text/html; charset=utf-8", PAGE),
        ("/app/index.html", "text/html; charset=utf-8", PAGE),
        ("/app/?theme=dark", "text/html; charset=utf-8", PAGE),
        ("/app/videos/42", "text/html; charset=utf-8", PAGE),
        ("/app/videos/", "text/html; charset=utf-8", PAGE),
        ("/app/videos/A%20Film.mkv", "text/html; charset=utf-8", PAGE),
        ("/app/videos/film.mp4", "text/html; charset=utf-8", PAGE),
        ("/app/videos/%FF", "text/html; charset=utf-8", PAGE),
        ("/app/old.html", "text/html; charset=utf-8", PAGE),
        ("/app/assets/app-1a2b.js", "text/javascript; charset=utf-8", "console"),
        ("/app/assets/style.css", "text/css; charset=utf-8", "body"),
        ("/app/a%20b/%C3%A9t%C3%A9.svg", "image/svg+xml", "<svg"),
        ("/app/clip.webm", "video/webm", "0123456789"),
        ("/app/unknown.xyz", "application/octet-stream", "?"),
        ("/app/guide/", "text/html; charset=utf-8", "a guide"),
    ] {
        let answer = server.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, content_type), "{answer}");
        assert!(answer.body.starts_with(begin), "{answer}");
    }
    for path in ["/app/assets/app-0000.js", "/app/style.css", "/app/a.PNG", "/app/a.map"] {
        let answer = server.get(path);
        assert_eq!((answer.status, &*answer.code()), (404, "NOT_FOUND"), "{answer}");
    }
}

#[test]
fn redirects_are_relative_and_keep_the_query() {
    let server = serve(&app(), &[]);
    for (path, location) in [
        ("/app", "app/"),
        ("/app?theme=dark", "app/?theme=dark"),
        ("/app/guide", "guide/"),
        ("/app/guide?page=2", "guide/?page=2"),
    ] {
        let answer = server.get(path);
        assert_eq!((answer.status, answer.header("location")), (307, location), "{answer}");
    }
}

/// What the server sends for a path that clients would not send like this.
fn raw(server: &Server, path: &str) -> String {
    let mut stream = server.connect();
    let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn no_path_leads_to_hidden_files_or_out_of_the_folder() {
    let folder = app();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink(folder.path("secret.txt"), folder.path("dist/linked.txt")).unwrap();
        symlink("../secret.txt", folder.path("dist/assets/linked.bin")).unwrap();
        symlink(folder.path("secrets"), folder.path("dist/linked")).unwrap();
        symlink("..", folder.path("dist/assets/up")).unwrap();
        symlink("nowhere", folder.path("dist/broken")).unwrap();
        symlink("clip.webm", folder.path("dist/other.webm")).unwrap();
    }
    let server = serve(&folder, &[]);
    for path in [
        "/app/.env",
        "/app/%2eenv",
        "/app/.git/config",
        "/app/linked.txt",
        "/app/linked.bin",
        "/app/assets/linked.bin",
        "/app/linked/a.txt",
        "/app/assets/up/up/secret.txt",
        "/app/broken",
        "/app/../secret.txt",
        "/app/%2e%2e/secret.txt",
        "/app/..%2fsecret.txt",
        "/app/%2e%2e%2fsecret.txt",
        "/app/assets/../../secret.txt",
        "/app/..\\secret.txt",
        "/app/..%5csecret.txt",
        "/app/assets/%00/../../../secret.txt",
        "/app//secret.txt",
        "/app/%252e%252e/secret.txt",
        &format!("/app/{}", folder.path("secret.txt").display()),
    ] {
        let answer = raw(&server, path);
        assert!(answer.starts_with("HTTP/1.1 "), "{path}: {answer}");
        assert!(!answer.contains(SECRET), "{path}: {answer}");
    }
    if cfg!(unix) {
        // A link inside the folder is as good as a file.
        assert_eq!(server.get("/app/other.webm").body, "0123456789");
        server.wait_for_log("this link leads out of the web app");
    }
}

#[test]
fn files_need_no_credential_and_the_api_does() {
    let folder = app();
    let made = folder.run("films.db", &["key", "create", "--name", "lucy", "--role", "reader"]);
    made.with_code(0);
    let server = serve(&folder, &["--database-url", &folder.url("films.db")]);
    assert_eq!(server.get("/app/").body, PAGE);
    assert_eq!(server.get("/app/assets/style.css").status, 200);
    assert_eq!(server.ask("{ __typename }").status, 401);
}

#[test]
fn the_app_may_use_this_server_alone() {
    let server = serve(&app(), &[]);
    for path in ["/app/", "/app/videos/42", "/app/assets/app-1a2b.js"] {
        let answer = server.get(path);
        let policy = answer.header("content-security-policy");
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.split("; ").any(|given| given == directive), "{directive}: {answer}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{answer}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{answer}");
    }
    let other = get(&server, "/app/", ("host", "films.example"));
    assert_eq!((other.status, &*other.code()), (421, "MISDIRECTED_REQUEST"), "{other}");
    let request = Request::post(server.url("/app/")).body(()).unwrap();
    let post = server.send(request);
    assert_eq!((post.status, post.header("allow")), (405, "GET,HEAD"), "{post}");
}

#[test]
fn a_file_is_revalidated_compressed_and_sent_in_parts() {
    let server = serve(&app(), &[]);
    let script = server.get("/app/assets/app-1a2b.js");
    let tag = script.header("etag");
    assert!(tag.starts_with("W/\""), "{script}");
    assert!(script.header("cache-control").contains("no-cache"), "{script}");
    let again = get(&server, "/app/assets/app-1a2b.js", ("if-none-match", tag));
    assert_eq!((again.status, &*again.body, again.header("etag")), (304, "", tag), "{again}");
    assert_eq!(get(&server, "/app/", ("if-none-match", tag)).status, 200);
    // The page is the same at every path.
    let page = server.get("/app/");
    assert_eq!(get(&server, "/app/a/b", ("if-none-match", page.header("etag"))).status, 304);

    let head = Request::head(server.url("/app/assets/app-1a2b.js")).body(()).unwrap();
    let head = server.send(head);
    let length = script.body.len().to_string();
    assert_eq!((head.status, &*head.body, head.header("content-length")), (200, "", &*length));
    let encoded = Request::head(server.url("/app/assets/app-1a2b.js"));
    let encoded = server.send(encoded.header("accept-encoding", "br").body(()).unwrap());
    assert_eq!(encoded.header("content-encoding"), "br", "{encoded}");
    assert_eq!(encoded.header("vary"), "accept-encoding", "{encoded}");

    for (range, status, shown, body) in [
        ("bytes=2-4", 206, "bytes 2-4/10", "234"),
        ("bytes=7-", 206, "bytes 7-9/10", "789"),
        ("bytes=-2", 206, "bytes 8-9/10", "89"),
        ("bytes=10-", 416, "bytes */10", ""),
        ("bytes=0-1,3-4", 200, "", "0123456789"),
    ] {
        let part = get(&server, "/app/clip.webm", ("range", range));
        let found = (part.status, part.header("content-range"), &*part.body);
        assert_eq!(found, (status, shown, body), "{range}: {part}");
    }
    let part = get(&server, "/app/assets/app-1a2b.js", ("range", "bytes=0-1999"));
    assert_eq!((part.status, part.body.len()), (206, 2000), "{part}");
    assert_eq!(part.header("content-encoding"), "", "{part}");
}

#[test]
fn requests_for_the_app_are_counted_under_one_name() {
    let server = serve(&app(), &["--metrics=main"]);
    for path in ["/app/", "/app/videos/1", "/app/assets/style.css"] {
        server.get(path);
    }
    let metrics = server.get("/metrics");
    let line = "route=\"/app/{path}\"";
    assert!(metrics.body.lines().any(|it| it.contains(line)), "{metrics}");
    server.wait_for_log("\"path\":\"/app/videos/1\"");
}

#[test]
fn there_is_no_app_where_none_is_served() {
    let server = Server::start(&[]);
    for path in ["/app", "/app/", "/app/index.html"] {
        assert_eq!(server.get(path).code(), "NOT_FOUND", "{path}");
    }
}

#[test]
fn a_folder_without_an_app_is_reported_at_the_start() {
    let folder = app();
    let [missing, file, empty] =
        ["none", "secret.txt", "secrets"].map(|name| folder.path(name).display().to_string());
    for (dir, reason) in [
        (&missing, "it cannot be read (No such file or directory"),
        (&file, "cannot be read (Not a directory"),
        (&empty, "there is no index.html: name the folder that the app's build writes"),
    ] {
        for command in ["serve", "config"] {
            let mut command = reelgraph(&[command, "--app-dir", dir]);
            command.env("REELGRAPH_DATABASE_URL", "memory:").env("REELGRAPH_LISTEN", "127.0.0.1:0");
            let finished = Finished::run(command).with_code(1);
            finished.saying(&format!("--app-dir {dir}: ")).saying(reason);
        }
    }
}

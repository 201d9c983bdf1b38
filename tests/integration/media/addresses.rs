//! Who may get files: those who may read the library, and those who have an address of it.

use serde_json::json;

use super::theatre::Theatre;
use crate::support::binary::Server;

const ALL: [&str; 2] = ["--serve-files", "all"];
const FILMS: [(&str, &str); 2] = [("a.mkv", "320 a"), ("b.mkv", "320 b")];

#[test]
fn an_address_is_all_that_a_browser_needs() {
    let theatre = Theatre::locked(&FILMS, &ALL);
    let address = theatre.file_url("a.mkv");
    let answer = theatre.get(&address);
    assert_eq!((answer.status, &*answer.body), (200, "320 a"), "{answer}");
    // Without the signature, it is for those with a credential.
    let (bare, _) = address.split_once("&expires").unwrap();
    assert_eq!(theatre.get(bare).code(), "UNAUTHENTICATED");
    let with_key = theatre.server.send(theatre.request(bare).body(()).unwrap());
    assert_eq!(with_key.status, 200, "{with_key}");
    // A credential is never in an address, whether or not that needs one.
    for address in [bare, &address] {
        let with_credential = theatre.get(&format!("{address}&access_token=x"));
        assert_eq!(with_credential.code(), "BAD_REQUEST", "{with_credential}");
    }
}

#[test]
fn an_address_is_good_for_nothing_else() {
    let theatre = Theatre::locked(&FILMS, &ALL);
    let (a, b) = (theatre.file_url("a.mkv"), theatre.file_url("b.mkv"));
    let path = |address: &str| address.split_once('?').unwrap().0.to_owned();
    let query = |address: &str| address.split_once('?').unwrap().1.to_owned();
    let v = |address: &str| query(address).split('&').next().unwrap().to_owned();
    for forged in [
        format!("{}?{}", path(&b), query(&a)),
        a.replace(&v(&a), &v(&b)),
        a.replace("&expires=1", "&expires=9"),
        a.replace("/files/", "/thumbnails/").replace('?', "/320.jpg?"),
        a[..a.len() - 1].to_owned(),
    ] {
        let answer = theatre.get(&forged);
        assert_eq!((answer.status, &*answer.code()), (403, "FORBIDDEN"), "{answer}");
    }
}

#[test]
fn addresses_outlive_the_server_and_not_their_key() {
    let theatre = Theatre::locked(&FILMS, &ALL);
    let address = theatre.file_url("a.mkv");
    let theatre = theatre.restarted(&ALL);
    assert_eq!(theatre.get(&address).status, 200);
    let rotate = ["key", "rotate-address-key"];
    let rotated = theatre.films.folder.run("library.db", &rotate).with_code(0);
    assert!(rotated.stdout.starts_with("Replaced the key that signs addresses"), "{rotated}");
    theatre.get_until(&address, 403);
    let log = theatre.server.wait_for_log("the key that signs addresses was replaced");
    assert!(log.contains("\"key\""), "{log}");
    assert_eq!(theatre.get(&theatre.file_url("a.mkv")).status, 200);
}

#[test]
fn a_library_that_everyone_may_read_signs_nothing() {
    let theatre = Theatre::locked(&FILMS, &ALL);
    let signed = theatre.file_url("a.mkv");
    let theatre = theatre.restarted(&["--serve-files", "all", "--allow-anonymous", "read"]);
    let address = theatre.file_url("a.mkv");
    assert!(!address.contains("sig="), "{address}");
    for address in [address, signed] {
        assert_eq!(theatre.get(&address).status, 200, "{address}");
    }
}

#[test]
fn the_log_has_no_signature() {
    let theatre = Theatre::locked(&FILMS, &["--serve-files", "all", "--log-level", "trace"]);
    let address = theatre.file_url("a.mkv");
    let (path, signature) =
        (address.split('?').next().unwrap(), address.split("sig=").last().unwrap());
    assert_eq!(theatre.get(&address).status, 200);
    theatre.server.wait_for_log(path);
    theatre.server.signal("TERM");
    let Theatre { server, .. } = theatre;
    let log = Server::finish(server).stderr;
    assert!(log.contains(path) && !log.contains(signature), "{log}");
}

#[test]
fn equal_queries_have_equal_answers_until_their_addresses_change() {
    let theatre = Theatre::locked(&FILMS, &ALL);
    let query = "/graphql?query=%7Bvideos%7Bnodes%7BfileUrl%7D%7D%7D";
    let ask = |known: &str| {
        let request = theatre.request(query).header("if-none-match", known);
        theatre.server.send(request.body(()).unwrap())
    };
    let first = ask("\"none\"");
    let tag = first.header("etag").to_owned();
    // The hour may end in between.
    let again = ask(&tag);
    assert!(again.status == 304 || again.body != first.body, "{again}");
    theatre.films.folder.run("library.db", &["key", "rotate-address-key"]).with_code(0);
    theatre.server.wait_for_log("the key that signs addresses was replaced");
    let signed_anew = ask(&tag);
    assert_eq!(signed_anew.status, 200, "{signed_anew}");
    assert_ne!(signed_anew.body, first.body);
}

#[test]
fn pages_of_other_sites_may_show_files_where_they_may_use_the_api() {
    let arguments = ["--serve-files", "all", "--allowed-origins", "https://films.example"];
    let theatre = Theatre::showing(&FILMS, &arguments);
    let request = theatre.request(&theatre.file_url("a.mkv"));
    let request = request.header("origin", "https://films.example").body(()).unwrap();
    let answer = theatre.server.send(request);
    assert_eq!(answer.header("access-control-allow-origin"), "https://films.example", "{answer}");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin", "{answer}");
}

#[test]
fn addresses_of_a_page_are_those_of_each_video() {
    let theatre = Theatre::showing(&FILMS, &ALL);
    let data = theatre.ask(
        "{ videos(orderBy: [{ field: FILENAME }]) { nodes { id fingerprint fileUrl thumbnailUrl(width: 161) } } }",
    );
    for video in data["videos"]["nodes"].as_array().unwrap() {
        let text = |field: &str| video[field].as_str().unwrap().to_owned();
        let (id, fingerprint) = (text("id"), text("fingerprint"));
        assert_eq!(video["fileUrl"], json!(format!("/files/{id}?v={fingerprint}")));
        let thumbnail = format!("/thumbnails/{id}/320.jpg?v={fingerprint}");
        assert_eq!(video["thumbnailUrl"], json!(thumbnail));
    }
}

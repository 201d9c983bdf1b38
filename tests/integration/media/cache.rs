//! The folder for thumbnails, which no library root may contain.

use std::os::unix::fs::PermissionsExt;

use crate::scanning::films::Films;
use crate::support::binary::{Finished, Server, reelgraph};
use crate::support::folder::Folder;

fn serving(films: &Films, arguments: &[&str]) -> std::process::Command {
    let given = ["--listen", "127.0.0.1:0", "--serve-files", "thumbnails"];
    let mut command = reelgraph(&[&given, arguments].concat());
    command.env("REELGRAPH_DATABASE_URL", films.folder.url("library.db"));
    command.env("REELGRAPH_FFPROBE", films.ffprobe());
    command
}

#[test]
fn thumbnails_are_not_kept_in_a_root_that_was_scanned_by_hand() {
    let films = Films::named(&["a.mkv"]);
    films.scan(&[]).with_code(0);
    let text = |name: &str| films.folder.path(name).display().to_string();
    std::os::unix::fs::symlink(text("films"), text("link")).unwrap();
    // A server has kept thumbnails there before.
    let tag = "Signature: 8a477f597d28d172789f06886806bc55";
    std::fs::write(text("CACHEDIR.TAG"), tag).unwrap();
    for (name, fault) in [
        ("films/cache", "is in the library root films: name a folder outside of it"),
        ("link/cache", "is in the library root films: name a folder outside of it"),
        ("", "contains the library root films: name a folder without library roots"),
    ] {
        let folder = text(name);
        let refused = Finished::run(serving(&films, &["--cache-dir", &folder])).with_code(1);
        refused.saying(&format!("--cache-dir: {folder} {fault}"));
    }
    assert!(!films.path("cache").exists());
    let server = Server::spawn(serving(&films, &["--cache-dir", &text("cache")]));
    assert!(films.folder.path("cache/CACHEDIR.TAG").exists(), "{server}");
}

#[test]
fn a_library_in_its_own_root_keeps_thumbnails_with_a_warning() {
    let films = Films::named(&["a.mkv"]);
    let mut command = serving(&films, &["--root", &format!("all={}", films.path("").display())]);
    command.env("REELGRAPH_DATABASE_URL", films.folder.url("films/library.db"));
    let server = Server::spawn(command);
    let line = server.wait_for_log("scans walk through the folder of thumbnails");
    assert!(line.contains("WARN"), "{line}");
    assert!(line.contains("library.db.cache is in the library root all: name a folder"), "{line}");
    assert!(films.path("library.db.cache/CACHEDIR.TAG").exists(), "{server}");
}

#[cfg_attr(not(superuser), ignore = "needs root")]
#[test]
fn a_folder_that_may_not_be_written_is_refused_before_the_start() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path("owned/empty")).unwrap();
    std::fs::set_permissions(folder.path(""), std::fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["owned/cache", "owned/empty"] {
        for command in ["config", "serve --listen 127.0.0.1:0"] {
            let line = format!(
                "setpriv --reuid=65534 --regid=65534 --clear-groups reelgraph {command} --sample \
                 --serve-files thumbnails --cache-dir {name}"
            );
            let refused = folder.shell("", &line).with_code(1);
            let fault =
                format!("could not use {name} as the folder of thumbnails: Permission denied");
            refused.saying(&format!("--cache-dir: {fault}"));
        }
    }
}

//! Walks over real folders.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use reelgraph::catalogue::walk::WalkSettings;
use reelgraph::catalogue::{Found, Walk};
use reelgraph::domain::catalogue::{Extensions, shown};

use super::media;

fn walk(folder: &Path, settings: WalkSettings) -> Vec<String> {
    let mut walk = Walk::new(media::root(folder), &[], settings, Arc::default());
    let found = walk.by_ref().map(|found| match found {
        Found::Folder { path, .. } => format!("folder {}", shown(&path)),
        Found::File { path, .. } => format!("file {}", shown(&path)),
        Found::Refused { path, problem } | Found::Unreachable { path, problem } => {
            format!("{} {}", problem.code.as_str(), shown(&path))
        }
        Found::Excluded { path } => format!("excluded {}", shown(&path)),
        Found::Gone { path, .. } => format!("gone {}", shown(&path)),
    });
    let found = found.collect();
    assert!(walk.is_complete());
    found
}

#[test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
fn every_name_is_found_as_it_is() {
    let found = walk(media::folder(), WalkSettings::default());
    let hostile = [
        "file --help.mp4",
        "file -y.mp4",
        "file concat:a.mp4|b.mp4",
        "file http:/x.mp4",
        "file name with spaces, 'quotes' & $(id) %d %03d.mp4",
        "file new\nline.mp4",
        "file nfc-\u{e9}.mp4",
        "file nfd-e\u{301}.mp4",
        "file pattern-%03d.mp4",
        r"NAME_NOT_UTF8 not-utf8-\xff\xfe.mp4",
        "folder http:",
    ];
    for line in hostile {
        assert!(found.contains(&line.to_owned()), "{line}: {found:#?}");
    }
    for name in ["hostile-playlist.m3u8", "image-still.jpg", "download-in-progress.mp4.part"] {
        assert!(!found.iter().any(|line| line.ends_with(name)), "{name}");
    }
    let texts = WalkSettings { extensions: "m3u8".parse().unwrap(), ..WalkSettings::default() };
    let expected = ["folder .", "file hostile-playlist.m3u8", "folder http:"];
    assert_eq!(walk(media::folder(), texts), expected);
}

#[test]
fn everything_that_can_be_in_a_folder_has_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("a/.git")).unwrap();
    fs::write(root.join("a/film.mkv"), "").unwrap();
    symlink("a/film.mkv", root.join("link.mkv")).unwrap();
    symlink("a", root.join("folder")).unwrap();
    symlink("loop.mkv", root.join("loop.mkv")).unwrap();
    symlink("/dev/null", root.join("outside.mkv")).unwrap();
    // A name as long as names can be, and a path that is longer than paths can be.
    let long = OsStr::from_bytes(&[b'x'; 255]);
    let mut deep = root.to_owned();
    for _ in 0..3 {
        deep.push(long);
    }
    fs::create_dir_all(&deep).unwrap();
    let settings = WalkSettings { longest_path: 600, extensions: Extensions::default() };
    let x = "x".repeat(255);
    let expected = [
        "folder .".to_owned(),
        "LINK_NOT_FOLLOWED folder".to_owned(),
        "file link.mkv".to_owned(),
        "LINK_BROKEN loop.mkv".to_owned(),
        "LINK_NOT_FOLLOWED outside.mkv".to_owned(),
        "folder a".to_owned(),
        "excluded a/.git".to_owned(),
        "file a/film.mkv".to_owned(),
        format!("folder {x}"),
        format!("folder {x}/{x}"),
        format!("NAME_TOO_LONG {x}/{x}/{x}"),
    ];
    assert_eq!(walk(root, settings), expected);
}

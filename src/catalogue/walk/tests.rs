//! Walks over disks that are as they should be, and over others.

use super::*;
use crate::catalogue::Disk;
use crate::catalogue::scripted_disk::{Call, ScriptedDisk};
use crate::domain::catalogue::{Extensions, shown};

/// What a walk finds, a line each, and whether it came to its end.
fn walk_of(disk: &ScriptedDisk, folders: &[&str], settings: WalkSettings) -> Vec<String> {
    let folders: Vec<Vec<u8>> = folders.iter().map(|folder| folder.as_bytes().to_vec()).collect();
    let mut walk = Walk::new(disk.open().unwrap(), &folders, settings, Arc::default());
    let found = walk.by_ref().map(|found| line(&found)).collect();
    assert!(walk.is_complete());
    found
}

fn found(disk: &ScriptedDisk) -> Vec<String> {
    walk_of(disk, &[], WalkSettings::default())
}

fn found_in(disk: &ScriptedDisk, folders: &[&str]) -> Vec<String> {
    walk_of(disk, folders, WalkSettings::default())
}

fn line(found: &Found) -> String {
    match found {
        Found::Folder { path, device } => format!("folder {} on {device}", shown(path)),
        Found::File { path, stat } => format!("file {} of {}", shown(path), stat.size),
        Found::Refused { path, problem } => {
            format!("refused {}: {}", shown(path), problem.code.as_str())
        }
        Found::Unreachable { path, problem } => {
            format!("unreachable {}: {}", shown(path), problem.code.as_str())
        }
        Found::Excluded { path } => format!("excluded {}", shown(path)),
        Found::Gone { path, device } => format!("gone {} from {device}", shown(path)),
    }
}

fn disk(files: &[&str]) -> ScriptedDisk {
    let disk = ScriptedDisk::new();
    for file in files {
        disk.write(file, file.as_bytes());
    }
    disk
}

#[test]
fn files_come_in_the_order_of_their_names_and_before_folders() {
    let disk = disk(&["b.mkv", "a/x.mp4", "a/d/y.MKV", "a-b/z.ts", "c.txt", "a.mkv", "ab/n.nfo"]);
    let expected = [
        "folder . on 7",
        "file a.mkv of 5",
        "file b.mkv of 5",
        "folder a on 7",
        "file a/x.mp4 of 7",
        "folder a/d on 7",
        "file a/d/y.MKV of 9",
        "folder a-b on 7",
        "file a-b/z.ts of 8",
        "folder ab on 7",
    ];
    assert_eq!(found(&disk), expected);
    // Of the others, the disk is asked nothing: once for each folder and each video.
    assert_eq!(disk.calls(Call::Stat), expected.len());
}

#[test]
fn what_is_not_of_users_is_excluded() {
    let disk =
        disk(&["@eaDir/a.mkv", ".hidden/a.mkv", "._b.mkv", ".notes", "c/.nomedia", "c/a.mkv"]);
    disk.write("d/.ignore", b"");
    disk.write("d/e/a.mkv", b"");
    disk.write("f/.ignore", b"*.mkv");
    disk.write("f/a.mkv", b"1");
    let expected = [
        "folder . on 7",
        "excluded ._b.mkv",
        "excluded .hidden",
        "excluded @eaDir",
        "excluded c",
        "excluded d",
        "folder f on 7",
        "file f/a.mkv of 1",
    ];
    let mut sorted = found(&disk);
    sorted[1..4].sort();
    assert_eq!(sorted, expected);
}

#[test]
fn discs_are_one_problem_each() {
    let disk = disk(&["x/VIDEO_TS/VTS_01_1.VOB", "y/bdmv/STREAM/00001.m2ts", "y/bdmv/a.mkv"]);
    let expected = [
        "folder . on 7",
        "folder x on 7",
        "refused x/VIDEO_TS: NOT_READABLE_AS_MEDIA",
        "folder y on 7",
        "refused y/bdmv: NOT_READABLE_AS_MEDIA",
    ];
    assert_eq!(found(&disk), expected);
    assert_eq!(found_in(&disk, &["x/VIDEO_TS"]), ["refused x/VIDEO_TS: NOT_READABLE_AS_MEDIA"]);
}

#[test]
fn names_that_no_library_can_store_are_problems() {
    let disk = disk(&["long/123456.mkv", "long/1.mkv", "long-folder/a.mkv"]);
    disk.write(b"\xff.mkv", b"");
    disk.write(b"\xfe.txt", b"");
    disk.write(b"\xfd/a.mkv", b"");
    let settings = WalkSettings { longest_path: 10, ..WalkSettings::default() };
    let expected = [
        "folder . on 7",
        r"refused \xfd: NAME_NOT_UTF8",
        r"refused \xff.mkv: NAME_NOT_UTF8",
        "folder long on 7",
        "file long/1.mkv of 10",
        "refused long/123456.mkv: NAME_TOO_LONG",
    ];
    let mut found = walk_of(&disk, &[], settings);
    // The folder of this name comes at its place among the files.
    let place = found.iter().position(|line| line.contains("long-folder")).unwrap();
    assert_eq!(found.remove(place), "refused long-folder: NAME_TOO_LONG");
    assert_eq!(found, expected);
    let for_prefix = WalkSettings::for_prefix(Extensions::default(), "/media/films");
    assert_eq!(for_prefix.longest_path, 4096 - "/media/films/".len());
}

#[test]
fn pipes_are_problems_and_are_not_opened() {
    let disk = disk(&[]);
    disk.make_pipe("a.mkv");
    disk.make_pipe("control");
    assert_eq!(found(&disk), ["folder . on 7", "refused a.mkv: NOT_A_FILE"]);
    assert_eq!(disk.calls(Call::OpenFile), 0);
}

#[test]
fn links_lead_to_files_in_the_root_alone() {
    let disk = disk(&["a/film.mkv"]);
    disk.make_pipe("pipe");
    for (path, target) in [
        ("to-file.mkv", Some("a/film.mkv")),
        ("to-file.txt", Some("a/film.mkv")),
        ("to-folder", Some("a")),
        ("to-folder.mkv", Some("a")),
        ("to-link.mkv", Some("to-file.mkv")),
        ("to-nothing.mkv", Some("b/film.mkv")),
        ("to-nothing", Some("b")),
        ("to-pipe.mkv", Some("pipe")),
        ("outside.mkv", None),
        ("outside", None),
        (".hidden.mkv", None),
    ] {
        disk.link(path, target);
    }
    let expected = [
        "folder . on 7",
        "excluded .hidden.mkv",
        "unreachable outside.mkv: LINK_NOT_FOLLOWED",
        "file to-file.mkv of 10",
        "unreachable to-folder: LINK_NOT_FOLLOWED",
        "unreachable to-folder.mkv: LINK_NOT_FOLLOWED",
        "unreachable to-link.mkv: LINK_BROKEN",
        "unreachable to-nothing.mkv: LINK_BROKEN",
        "refused to-pipe.mkv: NOT_A_FILE",
        "folder a on 7",
        "file a/film.mkv of 10",
    ];
    assert_eq!(found(&disk), expected);
}

#[test]
fn an_error_is_never_an_absence() {
    use libc::{EACCES, EIO, ENAMETOOLONG, ESTALE, ETIMEDOUT};
    for (call, path, error, expected) in [
        (Call::OpenFolder, "a", EACCES, "unreachable a: PERMISSION_DENIED"),
        (Call::List, "a", EIO, "unreachable a: READ_FAILED"),
        (Call::Stat, "a", ESTALE, "unreachable a: READ_FAILED"),
        (Call::List, "a", ETIMEDOUT, "unreachable a: TIMED_OUT"),
        (Call::OpenFolder, "a", ENAMETOOLONG, "unreachable a: NAME_TOO_LONG"),
        (Call::Stat, "a/x.mkv", EACCES, "unreachable a/x.mkv: PERMISSION_DENIED"),
        (Call::Stat, "a/x.mkv", EIO, "unreachable a/x.mkv: READ_FAILED"),
        (Call::List, "", EIO, "unreachable .: READ_FAILED"),
        (Call::List, "", libc::ENOENT, "unreachable .: READ_FAILED"),
    ] {
        let disk = disk(&["a/x.mkv", "b/y.mkv"]);
        disk.fail(call, path, error);
        let found = found(&disk);
        assert!(found.contains(&expected.to_owned()), "{call:?} {path}: {found:?}");
        // Everything else is found.
        assert_eq!(found.contains(&"file b/y.mkv of 7".to_owned()), !path.is_empty());
    }
}

#[test]
fn what_vanishes_on_the_way_is_not_there() {
    let disk = disk(&["a/x.mkv", "b/y.mkv"]);
    disk.fail(Call::OpenFolder, "a", libc::ENOENT);
    disk.fail(Call::Stat, "b/y.mkv", libc::ENOENT);
    assert_eq!(found(&disk), ["folder . on 7", "gone a from 7", "folder b on 7"]);
}

#[test]
fn a_disk_that_is_unmounted_on_the_way_shows_as_errors() {
    let disk = disk(&["a/x.mkv", "b/y.mkv"]);
    let settings = WalkSettings::default();
    let mut walk = Walk::new(disk.open().unwrap(), &[], settings, Arc::default());
    assert_eq!(line(&walk.next().unwrap()), "folder . on 7");
    disk.unmount();
    let rest: Vec<String> = walk.map(|found| line(&found)).collect();
    assert_eq!(rest, ["unreachable a: READ_FAILED", "unreachable b: READ_FAILED"]);
    // Who comes later sees what is below, which has another device.
    assert_eq!(found(&disk), ["folder . on 1"]);
    disk.mount();
    assert_eq!(found(&disk).len(), 5);
}

#[test]
fn the_devices_of_folders_show_disks_below_the_root() {
    let disk = disk(&["a/x.mkv", "b/y.mkv"]);
    disk.set_device("b", 9);
    assert!(found(&disk).contains(&"folder b on 9".to_owned()));
    disk.remove("b/y.mkv");
    disk.set_device("b", 7);
    assert_eq!(found_in(&disk, &["b", "b/c"]), ["folder b on 7"]);
    assert_eq!(found_in(&disk, &["b/c/d"]), ["gone b/c/d from 7"]);
}

#[test]
fn a_walk_through_some_folders_finds_what_one_through_all_would() {
    let disk = disk(&["a/x.mkv", "a/b/y.mkv", "a!/z.mkv", "c/.nomedia", "c/d/v.mkv", ".h/i/w.mkv"]);
    let expected = [
        "folder a on 7",
        "file a/x.mkv of 7",
        "folder a/b on 7",
        "file a/b/y.mkv of 9",
        "folder a! on 7",
        "file a!/z.mkv of 8",
    ];
    assert_eq!(found_in(&disk, &["a!", "a/b", "a", "a/b/", "/a"]), expected);
    assert_eq!(found_in(&disk, &["c/d", ".h/i"]), ["excluded .h/i", "excluded c/d"]);
    assert_eq!(found_in(&disk, &["a", ""]), found(&disk));
    disk.link("l", Some("a"));
    assert_eq!(found_in(&disk, &["l/b"]), ["unreachable l/b: LINK_NOT_FOLLOWED"]);
    disk.fail(Call::Stat, "a/.nomedia", libc::EIO);
    assert_eq!(found_in(&disk, &["a/b"]), ["unreachable a/b: READ_FAILED"]);
    disk.fail(Call::OpenFolder, "x", libc::EACCES);
    assert_eq!(found_in(&disk, &["x/y"]), ["unreachable x/y: PERMISSION_DENIED"]);
}

#[test]
fn a_walk_can_begin_with_a_file() {
    let disk =
        disk(&["a/x.mkv", "a/y.mkv", "a/.h.mkv", "a/c.txt", "b.mkv", "n/z.mkv", "n/.nomedia"]);
    assert_eq!(found_in(&disk, &["a/x.mkv"]), ["file a/x.mkv of 7"]);
    assert_eq!(found_in(&disk, &["b.mkv", "a/y.mkv"]), ["file a/y.mkv of 7", "file b.mkv of 5"]);
    assert_eq!(found_in(&disk, &["a/c.txt"]), ["gone a/c.txt from 7"]);
    assert_eq!(found_in(&disk, &["a/gone.mkv"]), ["gone a/gone.mkv from 7"]);
    assert_eq!(found_in(&disk, &["b.mkv/c.mkv"]), ["gone b.mkv/c.mkv from 7"]);
    assert_eq!(
        found_in(&disk, &["a/.h.mkv", "n/z.mkv"]),
        ["excluded a/.h.mkv", "excluded n/z.mkv"]
    );
    disk.make_pipe("pipe.mkv");
    disk.link("to-file.mkv", Some("b.mkv"));
    disk.link("to-folder", Some("a"));
    disk.link("to-nothing.mkv", Some("c"));
    for (path, found) in [
        ("pipe.mkv", "refused pipe.mkv: NOT_A_FILE"),
        ("to-file.mkv", "file to-file.mkv of 5"),
        ("to-folder", "unreachable to-folder: LINK_NOT_FOLLOWED"),
        ("to-folder/x.mkv", "unreachable to-folder/x.mkv: LINK_NOT_FOLLOWED"),
        ("to-nothing.mkv", "unreachable to-nothing.mkv: LINK_BROKEN"),
    ] {
        assert_eq!(found_in(&disk, &[path]), [found]);
    }
    disk.fold_case();
    assert_eq!(found_in(&disk, &["B.mkv"]), ["gone B.mkv from 7"]);
    for (call, path) in [(Call::Stat, "a/x.mkv"), (Call::OpenFolder, "a"), (Call::List, "a")] {
        disk.fail(call, path, libc::EIO);
        assert_eq!(found_in(&disk, &["a/x.mkv"]), ["unreachable a/x.mkv: READ_FAILED"]);
        disk.heal();
    }
}

#[test]
fn a_walk_can_be_stopped() {
    let disk = disk(&["a.mkv", "b.mkv"]);
    let stop = Arc::new(AtomicBool::new(false));
    let settings = WalkSettings::default();
    let mut walk = Walk::new(disk.open().unwrap(), &[], settings, Arc::clone(&stop));
    assert!(walk.by_ref().nth(1).is_some());
    stop.store(true, Ordering::Relaxed);
    assert_eq!(walk.next(), None);
    assert!(!walk.is_complete());
}

//! `reelgraph scan`, as somebody uses it.

use std::fs;
use std::process::Stdio;

use super::films::Films;
use crate::support::binary::{Finished, reelgraph, signal};
use crate::support::folder::Folder;

#[test]
fn a_folder_becomes_a_library_and_a_second_scan_reads_nothing() {
    let films = Films::named(&["a.mkv", "b/c.mkv"]);
    let first = films.scan(&[]).with_code(0);
    let first = first.saying("2 files seen, 2 added, 0 updated, 0 moved, 0 unchanged, in ");
    assert!(first.stderr.contains("request ID scan-"), "{first}");
    let videos = films.videos();
    let path = films.path("a.mkv").canonicalize().unwrap();
    assert_eq!(videos[0]["path"], path.to_str().unwrap());
    assert_eq!((&videos[0]["width"], &videos[0]["filename"]), (&320.into(), &"a.mkv".into()));
    assert_eq!((videos.len(), films.probes()), (2, 2));
    let second =
        films.scan(&[]).with_code(0).saying("0 added, 0 updated, 0 moved, 2 unchanged, in ");
    assert!(!second.stderr.contains("request ID"), "{second}");
    assert_eq!((films.videos(), films.probes()), (videos, 2));
    films.check();
}

#[test]
fn renamed_files_keep_their_videos_and_swapped_ones_as_well() {
    let films = Films::named(&["a.mkv", "b.mkv", "c.mkv"]);
    films.scan(&[]).with_code(0);
    let [a, b, c] = <[_; 3]>::try_from(films.ids()).unwrap().map(|(_, id)| id);
    films.rename("a.mkv", "tmp");
    films.rename("b.mkv", "a.mkv");
    films.rename("tmp", "b.mkv");
    films.rename("c.mkv", "new/d.mkv");
    films.scan(&[]).with_code(0).saying("0 added, 0 updated, 3 moved");
    let named = |name: &str, id| (name.to_owned(), id);
    assert_eq!(films.ids(), [named("a.mkv", b), named("b.mkv", a), named("d.mkv", c)]);
    films.check();
}

#[test]
fn a_missing_film_is_marked_and_restored() {
    let films = Films::named(&["a.mkv", "b.mkv"]);
    films.scan(&[]).with_code(0);
    let content = fs::read_to_string(films.path("a.mkv")).unwrap();
    films.remove("a.mkv");
    films.scan(&[]).with_code(0).saying("1 missing");
    assert!(films.videos()[0]["missingSince"].is_string());
    films.write("a.mkv", &content);
    films.scan(&[]).with_code(0).saying("1 there again");
    assert!(films.videos()[0].get("missingSince").is_none_or(serde_json::Value::is_null));
    films.check();
}

#[test]
fn too_many_missing_films_are_held_back_until_somebody_confirms() {
    let names: Vec<String> = (0..40).map(|number| format!("{number:02}.mkv")).collect();
    let films = Films::named(&names.iter().map(String::as_str).collect::<Vec<_>>());
    films.scan(&[]).with_code(0);
    names[..21].iter().for_each(|name| films.remove(name));
    films
        .scan(&[])
        .with_code(1)
        .saying("21 would be missing")
        .saying("If a disk is not mounted, mount it")
        .saying("run the scan again with --confirm-missing 21");
    let missing = || films.videos().iter().filter(|it| it["missingSince"].is_string()).count();
    assert_eq!(missing(), 0);
    films.scan(&["--confirm-missing", "20"]).with_code(1);
    assert_eq!(missing(), 0);
    films.scan(&["--confirm-missing", "21"]).with_code(0).saying("21 missing");
    assert_eq!(missing(), 21);
    films.check();
}

#[test]
fn an_empty_folder_marks_nothing() {
    let films = Films::named(&["a.mkv"]);
    films.scan(&[]).with_code(0);
    films.remove("a.mkv");
    let scan = films.scan(&[]).with_code(1).saying("films was not scanned: ");
    assert!(!scan.stderr.contains("0 files seen"), "{scan}");
    assert!(!films.videos()[0]["missingSince"].is_string());
}

#[test]
fn a_folder_without_videos_becomes_no_root_and_keeps_no_other_from_being_scanned() {
    let films = Films::named(&["a.mkv"]);
    fs::create_dir_all(films.folder.path("notes/.hidden")).unwrap();
    fs::write(films.folder.path("notes/read.me"), "").unwrap();
    fs::write(films.folder.path("notes/.hidden/b.mkv"), "320 b").unwrap();
    let ffprobe = films.ffprobe();
    let scan = |folders: &[&str]| {
        let arguments = [&["scan", "--ffprobe", &ffprobe], folders].concat();
        films.folder.run("library.db", &arguments)
    };
    let both = scan(&["notes", "films"]).with_code(1).saying("notes was not scanned, and is no");
    assert!(both.stderr.contains("1 file seen, 1 added"), "{both}");
    scan(&["notes"]).with_code(1).saying("--scan-extensions");
    // What is there and cannot be catalogued is reported by a scan.
    fs::create_dir(films.folder.path("notes/VIDEO_TS")).unwrap();
    scan(&["notes"]).with_code(0).saying("notes (").saying("1 with problems");
    films.check();
}

#[test]
fn problems_are_listed_and_do_not_fail_a_scan() {
    let films = Films::named(&["a.mkv"]);
    films.write("b.mkv", "no film");
    let scan = films.scan(&[]).with_code(0).saying("1 with problems");
    assert!(scan.stdout.starts_with("b.mkv: NOT_READABLE_AS_MEDIA: "), "{scan}");
    // It is listed again, and not read again.
    let again = films.scan(&[]).with_code(0);
    assert_eq!((again.stdout, films.probes()), (scan.stdout, 2));
    films.write("b.mkv", "640 a film by now");
    let scan = films.scan(&[]).with_code(0).saying("1 added");
    assert_eq!(scan.stdout, "");
}

#[test]
fn no_name_on_a_disk_gives_orders_to_a_terminal() {
    let films = Films::new();
    let hostile = "bad\nFAKE\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}2J\u{202e}";
    films.write(&format!("{hostile}/{hostile}.mp4"), "no film");
    let folder = films.path(hostile);
    let scan = |folder: &std::path::Path| {
        let arguments = ["scan", "--ffprobe", &films.ffprobe(), folder.to_str().unwrap()];
        films.folder.run("library.db", &arguments)
    };
    let scanned = scan(&folder).with_code(0).saying("1 with problems");
    let refused = scan(&folder.join("gone")).with_code(1).saying("cannot scan ");
    let above = scan(&films.path(".")).with_code(1).saying("contains the library root");
    let no_root = films.path(&format!("{hostile}2"));
    fs::create_dir(&no_root).unwrap();
    let empty = scan(&no_root).with_code(1).saying("is no library root");
    for output in [&scanned.stdout, &scanned.stderr, &refused.stderr, &above.stderr, &empty.stderr]
    {
        let is_order = |letter: char| letter != '\n' && letter.is_control() || letter == '\u{202e}';
        assert!(!output.contains(is_order) && !output.contains("\nFAKE"), "{output}");
    }
    assert!(scanned.stdout.starts_with(r"bad\u{a}FAKE\u{1b}[31m"), "{scanned}");
}

#[test]
fn a_deleted_video_stays_away_until_a_rescan() {
    let films = Films::named(&["a.mkv", "b.mkv"]);
    films.scan(&[]).with_code(0);
    let id = films.ids()[0].1.clone();
    let server = crate::support::binary::Server::spawn({
        let mut command = reelgraph(&["--listen", "127.0.0.1:0"]);
        command.env("REELGRAPH_DATABASE_URL", films.folder.url("library.db"));
        command
    });
    let deletion =
        format!(r#"mutation {{ deleteVideo(input: {{ id: "{id}" }}) {{ deletedVideoId }} }}"#);
    let answer = server.ask(&deletion);
    assert!(answer.body.contains(&id), "{}", answer.body);
    drop(server);
    films.scan(&[]).with_code(0).saying("0 added").saying("1 ignored");
    assert_eq!(films.ids().len(), 1);
    films.scan(&["--rescan"]).with_code(0).saying("1 added");
    assert_eq!(films.ids().len(), 2);
    films.check();
}

#[test]
fn a_part_of_a_root_is_scanned_and_a_folder_around_it_is_not() {
    let films = Films::named(&["a.mkv", "b/c.mkv"]);
    films.scan(&[]).with_code(0);
    films.write("b/d.mkv", "320 d");
    films.write("e.mkv", "320 e");
    let scan = |folder: &str| {
        let ffprobe = films.ffprobe();
        films.folder.run("library.db", &["scan", folder, "--ffprobe", &ffprobe])
    };
    scan("films/b").with_code(0).saying("films (").saying("2 files seen, 1 added");
    assert_eq!(films.ids().len(), 3);
    scan(".").with_code(1).saying("contains the library root films");
}

#[test]
fn a_link_to_a_root_is_no_root_of_its_own() {
    let films = Films::named(&["b/a.mkv"]);
    films.scan(&[]).with_code(0).saying("1 file seen, 1 added");
    std::os::unix::fs::symlink("films", films.folder.path("link")).unwrap();
    let ffprobe = films.ffprobe();
    for folder in ["link", "link/b"] {
        let scan = films.folder.run("library.db", &["scan", folder, "--ffprobe", &ffprobe]);
        scan.with_code(0).saying("films (").saying("0 added, 0 updated, 0 moved, 1 unchanged");
    }
    assert_eq!(films.ids().len(), 1);
}

#[test]
fn without_ffprobe_a_scan_says_how_to_get_it_and_makes_no_library() {
    let films = Films::named(&["a.mkv"]);
    let mut command = films.scanning(&[]);
    command.env_remove("REELGRAPH_FFPROBE").env("PATH", films.folder.path("films"));
    Finished::run(command).with_code(1).saying("scans need ffprobe").saying("apt install ffmpeg");
    films.scan(&["--ffprobe", "films/a.mkv"]).with_code(1).saying("is not a working ffprobe");
    assert!(!films.folder.path("library.db").exists());
}

#[test]
fn a_scan_says_what_it_cannot_scan() {
    let films = Films::named(&["a.mkv"]);
    let ffprobe = films.ffprobe();
    let scan = |arguments: &[&str]| {
        let arguments = [&["scan"], arguments, &["--ffprobe", &ffprobe]].concat();
        films.folder.run("library.db", &arguments)
    };
    scan(&[]).with_code(2).saying("<DIR>");
    scan(&["no-such"]).with_code(1).saying("cannot scan no-such: ");
    scan(&["films/a.mkv"]).with_code(1).saying("films/a.mkv is not a folder");
    let memory = ["films", "--database-url", "memory:"];
    scan(&memory).with_code(1).saying("a library in memory is lost when this command ends");
    assert!(!films.folder.path("library.db").exists());
}

#[test]
fn two_folders_of_one_name_are_two_roots() {
    let folder = Folder::new();
    let films = Films::new();
    let ffprobe = films.ffprobe();
    for path in ["one/films/a.mkv", "two/films/a.mkv"] {
        films.write("new.mkv", &format!("320 {path}"));
        fs::create_dir_all(folder.path(path).parent().unwrap()).unwrap();
        fs::rename(films.path("new.mkv"), folder.path(path)).unwrap();
    }
    folder
        .run("library.db", &["scan", "one/films", "two/films", "--ffprobe", &ffprobe])
        .with_code(0)
        .saying("films (")
        .saying("films-2 (");
}

#[test]
fn a_signal_stops_a_scan_and_the_next_one_completes_it() {
    let films = Films::named(&["a.mkv", "b.mkv", "c.mkv"]);
    let wait = "#!/bin/sh\ncase \"$*\" in *-version*) exec OTHER \"$@\";; esac\n\
                read -r line < FIFO\nexec OTHER \"$@\"\n";
    let fifo = films.folder.path("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let slow = films.folder.path("slow");
    let script = wait.replace("OTHER", &films.ffprobe());
    fs::write(&slow, script.replace("FIFO", fifo.to_str().unwrap())).unwrap();
    fs::set_permissions(&slow, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = films.scanning(&["--ffprobe", slow.to_str().unwrap()]);
    let child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // Opens once ffprobe waits for it.
    let gate = fs::File::options().write(true).open(&fifo).unwrap();
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    drop(gate);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("SIGINT: stopping the scan."), "{stderr}");
    assert!(stderr.contains("the scan of films was stopped: run it again"), "{stderr}");
    films.scan(&[]).with_code(0);
    assert_eq!(films.ids().len(), 3);
    films.check();
}

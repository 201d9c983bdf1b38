//! Thumbnails through the server: made, kept, and asked for by a crowd at once.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::crowds::from_environment;
use super::theatre::Theatre;
use crate::scanning::films::Films;
use crate::support::binary::{Answer, PATIENCE};

const THUMBNAILS: [&str; 2] = ["--serve-files", "thumbnails"];

/// How many pictures may wait to be made, with the two that are being made.
const QUEUE: usize = 258;

/// So many real films, each of which has another content.
fn films(count: usize) -> Films {
    let films = Films::new();
    // The stand-in for ffprobe reads none of them.
    films.aside("width=320");
    let clip = films.folder.path("clip.mp4");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=duration=2:size=320x180:rate=25"]);
    let made = ffmpeg.args(["-pix_fmt", "yuv420p", "-g", "10"]).arg(&clip).status();
    assert!(made.unwrap().success());
    let clip = fs::read(clip).unwrap();
    for number in 0..count {
        let name = format!("{number}.mp4");
        fs::write(films.path(&name), [&clip[..], format!("{number:09}").as_bytes()].concat())
            .unwrap();
        films.age(&name);
    }
    films
}

fn thumbnail(theatre: &Theatre, name: &str, width: u32) -> String {
    let video = theatre.video(name, &format!("thumbnailUrl(width: {width})"));
    video["thumbnailUrl"].as_str().unwrap().to_owned()
}

/// What was answered to a request whose body is no text.
fn received(mut stream: TcpStream) -> (String, Vec<u8>) {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let body = answer.split_off(head + 4);
    (String::from_utf8(answer).unwrap(), body)
}

#[test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
fn a_thumbnail_is_made_once_and_outlives_its_file() {
    let theatre = Theatre::of(films(1), &THUMBNAILS);
    let address = thumbnail(&theatre, "0.mp4", 100);
    let (head, picture) = received(theatre.begin(&address));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    for part in [
        "content-type: image/jpeg\r\n",
        "cache-control: private, max-age=31536000, immutable\r\n",
        "x-content-type-options: nosniff\r\n",
        "content-disposition: inline; filename*=UTF-8''0.mp4.jpg\r\n",
    ] {
        assert!(head.contains(part), "{part}\n{head}");
    }
    assert!(picture.starts_with(b"\xff\xd8") && picture.ends_with(b"\xff\xd9"));
    let tag = head.split("etag: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let known = theatre.request(&address).header("if-none-match", tag).body(()).unwrap();
    assert_eq!(theatre.server.send(known).status, 304);
    wait_until_kept(&theatre);
    // The disk is unplugged, and another server has the folder of pictures.
    let films = theatre.films.folder.path("films");
    fs::rename(&films, theatre.films.folder.path("unplugged")).unwrap();
    let theatre = theatre.restarted(&["--serve-files", "thumbnails", "--ffmpeg", "/bin/false"]);
    assert_eq!(theatre.video("0.mp4", "availability")["availability"], "OFFLINE");
    assert!(received(theatre.begin(&address)).1 == picture);
    let other = theatre.get(&thumbnail(&theatre, "0.mp4", 640));
    assert_eq!((other.status, &*other.code()), (503, "SERVICE_UNAVAILABLE"), "{other}");
    let folder = theatre.films.folder.path("library.db.cache");
    assert!(folder.join("CACHEDIR.TAG").is_file());
    let backup = theatre.films.folder.run("library.db", &["backup", "backup.db"]).with_code(0);
    assert!(!theatre.films.folder.path("backup.db.cache").exists(), "{backup}");
}

/// Waits for a picture in the folder: nobody who wants it waits for that disk.
fn wait_until_kept(theatre: &Theatre) {
    let folder = theatre.films.folder.path("library.db.cache");
    let names = |folder: &Path| -> Vec<_> {
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    };
    let is_picture = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "jpg");
    let begun = Instant::now();
    while !names(&folder).iter().flat_map(|folder| names(folder)).any(|path| is_picture(&path)) {
        assert!(begun.elapsed() < PATIENCE, "{}", theatre.server);
    }
}

#[test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
fn a_film_without_pictures_is_not_tried_again_and_again() {
    let films = Films::named(&["a.mkv"]);
    let theatre = Theatre::of(films, &THUMBNAILS);
    let address = thumbnail(&theatre, "a.mkv", 320);
    let check = |answer: Answer| {
        assert_eq!((answer.status, &*answer.code()), (404, "NOT_FOUND"), "{answer}");
        assert!(answer.body.contains("no picture could be made"), "{answer}");
    };
    check(theatre.get(&address));
    // No file is opened for that any more.
    theatre.films.remove("a.mkv");
    check(theatre.get(&address));
}

#[test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
fn thumbnails_that_are_waited_for_do_not_hold_up_the_end_of_the_server() {
    let (theatre, waiting) = hanging();
    theatre.server.signal("TERM");
    let (head, _) = received(waiting);
    assert!(head.starts_with("HTTP/1.1 503") && head.contains("retry-after: 1\r\n"), "{head}");
    let Theatre { server, .. } = theatre;
    server.finish().with_code(0);
}

#[test]
#[cfg_attr(
    not(all(ffmpeg, setpriv)),
    ignore = "needs ffmpeg and setpriv, one of which was missing when this was built"
)]
fn a_server_that_is_killed_leaves_no_ffmpeg_behind() {
    let (theatre, _waiting) = hanging();
    let begun = Instant::now();
    let is_sleeping = |process: &String| {
        let stat = fs::read_to_string(format!("{process}/stat")).unwrap_or_default();
        stat.contains(" (sleep) ") && !stat.contains(" Z ")
    };
    // What ends it with the server comes before it runs.
    let ffmpeg = loop {
        if let Some(ffmpeg) = children(theatre.server.id()).into_iter().find(is_sleeping) {
            break ffmpeg;
        }
        assert!(begun.elapsed() < PATIENCE, "{}", theatre.server);
    };
    theatre.server.signal("KILL");
    while is_sleeping(&ffmpeg) {
        assert!(begun.elapsed() < PATIENCE, "{ffmpeg} is still running");
    }
}

/// A server whose ffmpeg never comes to an end, and somebody who waits for its picture.
fn hanging() -> (Theatre, TcpStream) {
    let films = films(1);
    let ffmpeg = films.folder.path("ffmpeg");
    let script = "#!/bin/sh\ncase \"$*\" in *-version*) echo 'ffmpeg version 0'; exit;; esac\nexec sleep 3600\n";
    fs::write(&ffmpeg, script).unwrap();
    fs::set_permissions(&ffmpeg, fs::Permissions::from_mode(0o755)).unwrap();
    let given = ["--ffmpeg", ffmpeg.to_str().unwrap(), "--stop-seconds", "3600"];
    let theatre = Theatre::of(films, &[&THUMBNAILS[..], &given].concat());
    let waiting = theatre.begin(&thumbnail(&theatre, "0.mp4", 320));
    let begun = Instant::now();
    while children(theatre.server.id()).is_empty() {
        assert!(begun.elapsed() < PATIENCE, "{}", theatre.server);
    }
    (theatre, waiting)
}

/// The processes that the server has started and that are running, by their folders in /proc.
fn children(server: u32) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let is_child = |process: &PathBuf| {
        // It may have ended.
        let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
        let mut fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(1);
        fields.next().is_some_and(|parent| parent == server.to_string())
    };
    let processes = processes.map(|process| process.path()).filter(is_child);
    processes.map(|process| process.display().to_string()).collect()
}

#[test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
fn a_crowd_that_asks_for_all_thumbnails_at_once_holds_up_nobody() {
    let count = usize::try_from(from_environment("REELGRAPH_TEST_THUMBNAILS", 40)).unwrap();
    let theatre = Theatre::of(films(count), &THUMBNAILS);
    let mut addresses = Vec::new();
    let mut after = "null".to_owned();
    while addresses.len() < count {
        let page = format!("videos(first: 100, after: {after})");
        let data = theatre
            .ask(&format!("{{ {page} {{ nodes {{ thumbnailUrl }} pageInfo {{ endCursor }} }} }}"));
        let nodes = data["videos"]["nodes"].as_array().unwrap().iter();
        addresses.extend(nodes.map(|node| node["thumbnailUrl"].as_str().unwrap().to_owned()));
        after = data["videos"]["pageInfo"]["endCursor"].to_string();
    }
    let before = theatre.server.peak_memory();
    let crowd: Vec<TcpStream> = addresses.iter().map(|address| theatre.begin(address)).collect();
    let is_over = AtomicBool::new(false);
    let (made, refused) = std::thread::scope(|scope| {
        scope.spawn(|| beside(&theatre, &is_over));
        let answers: Vec<_> = crowd.into_iter().map(received).collect();
        is_over.store(true, Ordering::Relaxed);
        let count = |status: &str| answers.iter().filter(|(head, _)| head.contains(status)).count();
        (count("HTTP/1.1 200"), count("HTTP/1.1 503"))
    });
    assert_eq!(made + refused, count, "made {made}, refused {refused}");
    assert!(made >= count.min(QUEUE), "made {made}, refused {refused}");
    let grown = theatre.server.peak_memory() - before;
    assert!(grown < 60_000_000 + count as u64 * 50_000, "{grown} bytes");
    // What was refused is made as soon as there is room for it.
    assert!(received(theatre.begin(addresses.last().unwrap())).0.starts_with("HTTP/1.1 200"));
}

/// Asks for something else all the time.
fn beside(theatre: &Theatre, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        assert_eq!(theatre.video("0.mp4", "width")["width"], 320);
        assert!(begun.elapsed() < PATIENCE / 4, "{:?}", begun.elapsed());
        let running = children(theatre.server.id()).len();
        assert!(running <= 2, "{running} processes");
        std::thread::sleep(Duration::from_millis(5));
    }
}

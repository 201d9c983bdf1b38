//! Files that try to make ffmpeg open others, or work for long.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reelgraph::catalogue::program::Limits;
use reelgraph::media::thumbnails::{Ffmpeg, Maker, NotMade};

use super::scene::{ffmpeg, open, wanted};
use crate::catalogue::foreign::traps;
use crate::catalogue::media;

/// The files wait for a pipe that nobody writes into, so whoever opens it takes all the time that there is.
#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn no_picture_is_of_another_file_or_from_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.ts");
    let made = Command::new("mkfifo").arg(&pipe).stdin(Stdio::null()).status().unwrap();
    assert!(made.success());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let address = server.local_addr().unwrap().to_string();
    let ffmpeg = ffmpeg().await;
    for (name, content) in traps(&pipe, &address) {
        fs::write(folder.path().join(&name), &content).unwrap();
        let made = ffmpeg.make(&*open(folder.path(), &name), &wanted(Duration::from_secs(9))).await;
        assert_eq!(made, Err(NotMade::NotInFile), "{name}");
    }
    let visit = server.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(visit, Err(io::ErrorKind::WouldBlock));
}

#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn a_file_that_takes_too_long_is_given_up() {
    let limits = Limits { time: Duration::from_millis(1), ..Ffmpeg::LIMITS };
    let ffmpeg = ffmpeg().await.with_limits(limits);
    let file = open(media::folder(), "mp4-h264-aac.mp4");
    let began = Instant::now();
    let made = ffmpeg.make(&*file, &wanted(Duration::from_secs(2))).await;
    assert_eq!(made, Err(NotMade::TimedOut));
    assert!(began.elapsed() < Duration::from_secs(10));
}

//! What pictures cost, and how they look.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use reelgraph::domain::file::ThumbnailWidth;
use reelgraph::media::thumbnails::Wanted;

use super::scene::{make, make_all, read, run_ffmpeg, wanted};
use crate::catalogue::overhead::ticks;
use crate::catalogue::{media, table};

/// `cargo test cost_of_thumbnails -- --ignored --nocapture` prints the processor time of ten pictures of a
/// film of 720 lines and five minutes.
#[tokio::test]
#[ignore = "prints a measurement, and checks nothing"]
async fn cost_of_thumbnails() {
    let folder = tempfile::tempdir().unwrap();
    let film = "testsrc2=size=1280x720:rate=25:duration=300,noise=alls=8";
    let codec = "-c:v libx264 -preset superfast -crf 30 -pix_fmt yuv420p";
    run_ffmpeg(folder.path(), &format!("-f lavfi -i {film} {codec} a.mp4"));
    for width in ThumbnailWidth::ALL {
        let (before, began) = (ticks(), Instant::now());
        let mut bytes = 0;
        for _ in 0..10 {
            let wanted = Wanted { width, ..wanted(Duration::from_secs(300)) };
            bytes = make(folder.path(), "a.mp4", &wanted).await.unwrap().bytes().len();
        }
        let after = ticks();
        println!(
            "{width:?}: {} ticks of ffmpeg, {} of the server for ten, {bytes} bytes, {:?}",
            after.1 - before.1,
            after.0 - before.0,
            began.elapsed()
        );
    }
}

/// `cargo test contact_sheet -- --ignored --nocapture` writes a picture of each file, to be looked at.
#[tokio::test]
#[ignore = "writes pictures, and checks nothing"]
async fn contact_sheet() {
    let sheet = Path::new(env!("CARGO_TARGET_TMPDIR")).join("thumbnails");
    fs::create_dir_all(&sheet).unwrap();
    let names: Vec<&str> = table::VIDEOS
        .iter()
        .map(|(name, ..)| *name)
        .filter(|name| *name != "codec-unknown.mp4" && media::folder().join(name).exists())
        .collect();
    let videos = read(media::folder(), &names, ThumbnailWidth::W320).await;
    let files: Vec<_> = names.iter().copied().zip(videos.iter().map(|(_, it)| *it)).collect();
    for (picture, name) in make_all(media::folder(), &files).await.iter().zip(&names) {
        let name = name.replace(|it: char| !it.is_ascii_alphanumeric(), "-");
        fs::write(sheet.join(format!("{name}.jpg")), &picture.bytes()[..]).unwrap();
    }
    println!("{}", sheet.display());
}

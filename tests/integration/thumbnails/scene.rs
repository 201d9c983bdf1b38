//! What these tests share.

use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reelgraph::catalogue::disk::MediaFile;
use reelgraph::domain::catalogue::Probed;
use reelgraph::domain::file::{Fingerprint, ThumbnailWidth};
use reelgraph::domain::{Quantity, SystemClock, Text, VideoValues};
use reelgraph::media::thumbnails::{
    CacheFolder, Ffmpeg, Maker, NotMade, NotOpened, Picture, Source, Thumbnails, Wanted,
};
use tokio::sync::OnceCell;

use crate::catalogue::media;

/// The ffmpeg of this machine, which is looked for once.
pub async fn ffmpeg() -> Ffmpeg {
    static FFMPEG: OnceCell<Ffmpeg> = OnceCell::const_new();
    let find = || async { Ffmpeg::find(None, env::var_os("PATH").as_deref()).await.unwrap() };
    FFMPEG.get_or_init(find).await.clone()
}

/// A file in a folder, open.
pub fn open(folder: &Path, name: &str) -> Arc<dyn MediaFile> {
    media::root(folder).open_file(name.as_bytes()).unwrap()
}

/// A picture of any file, 320 pixels wide, of which no more than its duration is known.
pub fn wanted(duration: Duration) -> Wanted {
    let fingerprint = Fingerprint::from_hash(1);
    Wanted { fingerprint, width: ThumbnailWidth::W320, duration, stream: None }
}

/// Makes a picture of a file.
pub async fn make(folder: &Path, name: &str, wanted: &Wanted) -> Result<Picture, NotMade> {
    ffmpeg().await.make(&*open(folder, name), wanted).await
}

/// What a scan reads of files, and the picture of each that is wanted then.
pub async fn read(folder: &Path, names: &[&str], width: ThumbnailWidth) -> Vec<(Probed, Wanted)> {
    let readings = media::read(folder, names).await.into_iter();
    let read = readings.zip(names).map(|(reading, name)| {
        let probed = reading.unwrap_or_else(|error| panic!("{name}: {error:?}")).probed.unwrap();
        let wanted = Wanted::of(&values(&probed), width).unwrap();
        (probed, wanted)
    });
    read.collect()
}

fn values(probed: &Probed) -> VideoValues {
    VideoValues {
        path: Text::new("a").unwrap(),
        filename: Text::new("a").unwrap(),
        duration_frames: probed.duration_frames,
        frame_rate: probed.frame_rate,
        width: probed.width,
        height: probed.height,
        video_codec: probed.video_codec.clone(),
        audio_codec: None,
        file_size: Quantity::new(0).unwrap(),
        thumbnail_path: None,
        file: probed.facts.pack().unwrap(),
    }
}

/// A file that is opened by its name.
struct Named(Arc<dyn MediaFile>);

#[async_trait]
impl Source for Named {
    async fn open(&self) -> Result<Arc<dyn MediaFile>, NotOpened> {
        Ok(Arc::clone(&self.0))
    }
}

/// Pictures of files, two at once, in the order of the files, as a server makes them.
pub async fn make_all(folder: &Path, files: &[(&str, Wanted)]) -> Vec<Picture> {
    let maker = Arc::new(ffmpeg().await);
    let thumbnails =
        Arc::new(Thumbnails::new(Some(maker), CacheFolder::none(), Arc::new(SystemClock)));
    let tasks: Vec<_> = files
        .iter()
        .map(|(name, wanted)| {
            let (thumbnails, wanted) = (Arc::clone(&thumbnails), *wanted);
            let source = Arc::new(Named(open(folder, name)));
            tokio::spawn(async move { thumbnails.get(&wanted, source).await })
        })
        .collect();
    let mut pictures = Vec::new();
    for (task, (name, _)) in tasks.into_iter().zip(files) {
        let made = task.await.unwrap();
        pictures.push(made.unwrap_or_else(|error| panic!("{name}: {error:?}")));
    }
    pictures
}

/// Runs ffmpeg in a folder, with arguments that have no spaces.
pub fn run_ffmpeg(folder: &Path, arguments: &str) {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(arguments.split(' '));
    let run = command.current_dir(folder).stdin(Stdio::null()).output().unwrap();
    assert!(run.status.success(), "{arguments}: {}", String::from_utf8_lossy(&run.stderr));
}

/// The colours of a picture: red, green and blue of each part of a grid of so many columns and rows.
pub fn colours(picture: &Picture, grid: usize) -> Vec<[u8; 3]> {
    let folder = tempfile::tempdir().unwrap();
    let mut file = fs::File::create(folder.path().join("a.jpg")).unwrap();
    file.write_all(picture.bytes()).unwrap();
    let scale = format!("scale={grid}:{grid}:flags=area");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-i", "a.jpg", "-vf", &scale]);
    command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]).current_dir(folder.path());
    let run = command.stdin(Stdio::null()).output().unwrap();
    assert!(run.status.success() && run.stderr.is_empty(), "{run:?}");
    let (colours, rest) = run.stdout.as_chunks::<3>();
    assert_eq!((colours.len(), rest.len()), (grid * grid, 0));
    colours.to_vec()
}

/// The one colour of a picture.
pub fn colour(picture: &Picture) -> [u8; 3] {
    colours(picture, 1)[0]
}

/// How much two pictures differ, on average, from 0 to 255.
pub fn difference(one: &Picture, other: &Picture) -> usize {
    let [one, other] = [one, other].map(|picture| colours(picture, 4).concat());
    let sum: usize = one.iter().zip(&other).map(|(a, b)| usize::from(a.abs_diff(*b))).sum();
    sum / one.len()
}

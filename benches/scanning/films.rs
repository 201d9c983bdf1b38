//! Folders of sparse files, and a bare walk through them.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What ffprobe reports of a usual film.
pub const REPORT: &str = r#"{"streams":[
    {"index":0,"codec_type":"video","codec_name":"h264","width":1920,"height":1080,"pix_fmt":"yuv420p",
     "r_frame_rate":"24/1","avg_frame_rate":"24/1","duration":"5400.000000"},
    {"index":1,"codec_type":"audio","codec_name":"aac","channels":2,"sample_rate":"48000",
     "tags":{"language":"eng"}}],
    "format":{"format_name":"matroska,webm","duration":"5400.000000","bit_rate":"5000000"}}"#;

/// The files of a folder.
const IN_A_FOLDER: usize = 500;

/// Makes sparse files of which each has a size of its own, and so a content.
pub fn make(folder: &Path, round: usize, files: usize) {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for number in 0..files {
        let below = folder.join(format!("{:04}", number / IN_A_FOLDER));
        if number % IN_A_FOLDER == 0 {
            fs::create_dir_all(&below).expect("a folder");
        }
        let file = File::create(below.join(format!("Film {number} (1926).mkv"))).expect("a file");
        let size = 1_000_000 + (round * files + number) as u64;
        file.set_len(size).expect("a sparse file");
        file.set_modified(long_ago).expect("a time");
    }
}

/// Lists a folder and looks at every file below it. Returns how many there are.
pub fn walk(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| match entry.file_type().expect("a type").is_dir() {
            true => walk(&entry.path()),
            false => usize::from(entry.metadata().is_ok()),
        })
        .sum()
}

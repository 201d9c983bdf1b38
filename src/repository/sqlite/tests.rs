//! Promises of this store only: its plans, its commits, its file.

mod activity;
mod breakdowns;
mod catalogue;
mod damage;
mod duplicates;
mod failed_commits;
mod file;
mod group_commit;
mod index_damage;
mod moments;
mod numbering;
mod pages;
mod past;
mod plans;
mod positions;
mod requests;
mod rows;
mod scan;
mod scanned;
mod scanning;
mod search;
mod sharing;
mod statistics;
mod time_limit;

use tempfile::TempDir;

use super::SqliteRepository;
use crate::domain::{Dimension, FrameRate, NewVideo, Quantity, Text, VideoValues};
use crate::repository::sql::promises::{by, id};

/// A separate library for one test.
struct Library {
    directory: TempDir,
    store: SqliteRepository,
}

impl Library {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteRepository::open(&directory.path().join("library.db")).await.unwrap();
        Self { directory, store }
    }
}

fn path(path: &str) -> Text {
    Text::new(path).unwrap()
}

fn video(number: u8) -> NewVideo {
    let values = VideoValues {
        path: path(&format!("/media/{number}.mkv")),
        filename: path(&format!("{number}.mkv")),
        duration_frames: Quantity::new(1000).unwrap(),
        frame_rate: FrameRate::new(25, 1).unwrap(),
        width: Dimension::new(1920).unwrap(),
        height: Dimension::new(1080).unwrap(),
        video_codec: path("h264"),
        audio_codec: None,
        file_size: Quantity::new(5000).unwrap(),
        thumbnail_path: None,
        file: None,
    };
    NewVideo { id: id(number), values, created_at: None, updated_at: None, is_known_by_path: false }
}

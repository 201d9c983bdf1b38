//! A prober that knows what it is told about files, without a process.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::catalogue::disk::MediaFile;
use crate::catalogue::{NotProbed, Prober};
use crate::domain::catalogue::{Probed, Problem, ProblemCode};
use crate::domain::{Dimension, FileFacts, FrameRate, Quantity, Text};
use async_trait::async_trait;

/// Takes every file for a video, as long in frames as the file is in bytes, unless it was told otherwise.
#[derive(Debug, Default)]
pub struct ScriptedProber {
    answers: Mutex<HashMap<Vec<u8>, NotProbed>>,
    probed: Mutex<Vec<Vec<u8>>>,
}

impl ScriptedProber {
    /// Lets files with this name be no videos.
    pub fn refuse(&self, name: &str, code: ProblemCode) {
        let answer = NotProbed::Problem(Problem::new(code));
        self.answers.lock().unwrap().insert(name.into(), answer);
    }

    /// Lets files with this name be videos again.
    pub fn accept(&self, name: &str) {
        self.answers.lock().unwrap().remove(name.as_bytes());
    }

    /// Finds that files with this name end early.
    pub fn end_early(&self, name: &str) {
        self.answers.lock().unwrap().insert(name.into(), NotProbed::EndedEarly);
    }

    /// Is broken where it comes to a file with this name.
    pub fn break_at(&self, name: &str) {
        let answer = NotProbed::Unavailable("reinstall it".to_owned());
        self.answers.lock().unwrap().insert(name.into(), answer);
    }

    /// The names of the files that were probed, in their order.
    pub fn probed(&self) -> Vec<String> {
        let probed = self.probed.lock().unwrap();
        probed.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }

    /// What it says about a file of this size.
    pub fn video(size: u64) -> Probed {
        let frames = i64::try_from(size).unwrap();
        Probed {
            duration_frames: Quantity::new(frames).unwrap(),
            frame_rate: FrameRate::new(25, 1).unwrap(),
            width: Dimension::new(1920).unwrap(),
            height: Dimension::new(1080).unwrap(),
            video_codec: Text::new("h264").unwrap(),
            audio_codec: Some(Text::new("aac").unwrap()),
            facts: FileFacts { container: Text::new("matroska").ok(), ..FileFacts::default() },
        }
    }
}

#[async_trait]
impl Prober for ScriptedProber {
    async fn probe(&self, file: &dyn MediaFile, name: &[u8]) -> Result<Probed, NotProbed> {
        self.probed.lock().unwrap().push(name.to_vec());
        if let Some(answer) = self.answers.lock().unwrap().get(name) {
            return Err(answer.clone());
        }
        Ok(Self::video(file.stat().map_or(0, |stat| stat.size)))
    }
}

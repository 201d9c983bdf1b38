//! Verifying the histories of videos, in whatever store they are.

use std::error::Error;

use super::MAX_FAULTS;
use crate::domain::{AuditEntry, Replay, Video, VideoField, VideoId};

type BoxError = Box<dyn Error + Send + Sync>;

/// The histories of a library, which are replayed one after another. Only one video is in memory at a time.
#[derive(Default)]
pub(super) struct Histories {
    faults: Vec<String>,
    current: Option<History>,
}

impl Histories {
    /// Follows the next entry of a video, oldest first, and all entries of one video before those of
    /// another. `read` returns it with the video as it is now.
    pub(super) fn follow(
        &mut self,
        id: VideoId,
        read: impl FnOnce() -> Result<(AuditEntry, Option<Video>), BoxError>,
    ) {
        if self.faults.len() >= MAX_FAULTS {
            return;
        }
        if self.current.as_ref().is_none_or(|history| history.id != id) {
            self.faults.extend(self.current.replace(History::new(id)).and_then(History::fault));
        }
        let Some(history) = &mut self.current else { return };
        if history.fault.is_none() {
            history.fault = history.follow(read).err().map(|error| error.to_string());
        }
    }

    /// The faults of all of them.
    pub(super) fn into_faults(mut self) -> Vec<String> {
        self.faults.extend(self.current.and_then(History::fault));
        self.faults
    }
}

/// The history of a video as far as it was followed.
struct History {
    id: VideoId,
    replay: Replay,
    last_sequence: i64,
    /// The video itself, as its row has it.
    video: Option<Video>,
    /// The first fault; what follows would only be its consequences.
    fault: Option<String>,
}

impl History {
    fn new(id: VideoId) -> Self {
        Self { id, replay: Replay::default(), last_sequence: 0, video: None, fault: None }
    }

    fn follow(
        &mut self,
        read: impl FnOnce() -> Result<(AuditEntry, Option<Video>), BoxError>,
    ) -> Result<(), BoxError> {
        let (entry, video) = read()?;
        if entry.sequence <= self.last_sequence {
            return Err(format!("version {} precedes the one it follows", entry.version).into());
        }
        self.last_sequence = entry.sequence;
        self.replay.apply(&entry)?;
        self.video = video;
        Ok(())
    }

    /// The fault in words, after the last entry was followed.
    fn fault(self) -> Option<String> {
        let fault = self.fault.or_else(|| match (self.replay.video(), &self.video) {
            (None, None) => None,
            (Some(_), None) => {
                Some("it does not exist, but its history does not end with DELETE".into())
            }
            (None, Some(_)) => Some("it exists, but its history ends with DELETE".into()),
            (Some(_), Some(video)) if self.replay.agrees_with(Some(video)) => None,
            (Some(replayed), Some(video)) => difference(replayed, video),
        });
        fault.map(|fault| format!("video {}: {fault}", self.id))
    }
}

fn difference(replayed: &Video, video: &Video) -> Option<String> {
    if replayed.version != video.version {
        return Some(format!(
            "it is at version {}, but its history ends at version {}",
            video.version, replayed.version
        ));
    }
    let differs = |field: &VideoField| replayed.get(*field) != video.get(*field);
    let field = VideoField::ALL.into_iter().find(differs)?;
    Some(format!("its {} does not match its history", field.name()))
}

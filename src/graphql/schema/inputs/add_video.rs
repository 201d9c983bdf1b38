//! The input of `addVideo` and `addVideos`.

use async_graphql::{ID, InputObject};

use super::faults::ValidationErrors;
use crate::domain::{Dimension, FrameRate, IdSource, Invalid, NewVideo, Text, VideoDraft};
use crate::graphql::schema::scalars::SafeInt;
use crate::graphql::schema::types::UserError;
use crate::repository::Claim;

/// A video to add.
#[derive(InputObject)]
pub struct AddVideoInput {
    /// A UUID of the client's own, for safe retries; the server makes one where it is left out.
    pub id: Option<ID>,
    /// Path of the file: not empty, no NUL, 4,096 bytes at most, unique in the library.
    pub path: String,
    /// The last part of `path` where it is left out.
    pub filename: Option<String>,
    /// Duration in frames: 0 or more.
    pub duration_frames: SafeInt,
    /// The exact frame rate.
    pub frame_rate: FrameRateInput,
    /// Pixels: 1 or more.
    pub width: i32,
    /// Pixels: 1 or more.
    pub height: i32,
    /// Video codec, e.g. `h264`; not empty.
    pub video_codec: String,
    /// Audio codec, e.g. `aac`; omit it if the file has no audio stream.
    pub audio_codec: Option<String>,
    /// Bytes: 0 or more.
    pub file_size: SafeInt,
    /// Path of a thumbnail.
    pub thumbnail_path: Option<String>,
}

impl AddVideoInput {
    /// The video at the path `input` of the arguments.
    ///
    /// # Errors
    /// Everything that is wrong with it, and what is valid of what must be unique.
    pub fn parse(
        self,
        input: Vec<String>,
        ids: &dyn IdSource,
    ) -> Result<NewVideo, Box<(Vec<UserError>, Claim)>> {
        let mut faults = ValidationErrors::in_input(input);
        let is_id_given = self.id.is_some();
        let id = self.id.map_or_else(|| Ok(ids.next_id().into()), |id| id.parse());
        let id = faults.keep(&["id"], id);
        let draft = VideoDraft {
            path: self.path,
            filename: self.filename,
            duration_frames: self.duration_frames.0,
            frame_rate: (self.frame_rate.numerator, self.frame_rate.denominator),
            width: self.width,
            height: self.height,
            video_codec: self.video_codec,
            audio_codec: self.audio_codec,
            file_size: self.file_size.0,
            thumbnail_path: self.thumbnail_path,
            file: None,
        };
        let values = faults.keep_values(&draft);
        let video = |(id, values)| NewVideo {
            id,
            values,
            created_at: None,
            updated_at: None,
            is_known_by_path: false,
        };
        faults.or(id.zip(values).map(video)).map_err(|faults| {
            let id = id.filter(|_| is_id_given);
            Box::new((faults, Claim::Invalid { id, path: Text::new(&draft.path).ok() }))
        })
    }
}

/// An exact frame rate, e.g. 30000/1001, kept as it is given: 60/2 stays 60/2.
#[derive(InputObject)]
pub struct FrameRateInput {
    /// Number of frames in `denominator` seconds: 1 or more.
    pub numerator: i32,
    /// Seconds that `numerator` frames last: 1 or more.
    #[graphql(default = 1)]
    pub denominator: i32,
}

impl FrameRateInput {
    /// The frame rate, or none and its errors.
    pub fn parse(self, faults: &mut ValidationErrors) -> Option<FrameRate> {
        let (numerator, denominator) =
            (Dimension::new(self.numerator), Dimension::new(self.denominator));
        let numerator = faults.keep(&["frameRate", "numerator"], numerator);
        let denominator = faults.keep(&["frameRate", "denominator"], denominator);
        Some(FrameRate::of(numerator?, denominator?))
    }
}

/// Videos to add in one transaction.
#[derive(InputObject)]
pub struct AddVideosInput {
    /// The videos; at most 1,000.
    pub videos: Vec<AddVideoInput>,
}

impl AddVideosInput {
    /// The maximum number of videos that can be added together.
    pub const MAX: usize = 1000;

    /// The videos to add.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn parse(self, ids: &dyn IdSource) -> Result<Vec<NewVideo>, InvalidVideos> {
        if self.videos.len() > Self::MAX {
            let message = format!(
                "must have at most {} items, not {}: split them into several requests",
                Self::MAX,
                self.videos.len()
            );
            let mut faults = ValidationErrors::in_input(vec!["input".to_owned()]);
            let refused = faults.keep(&["videos"], Err(Invalid::new(message)));
            return faults.or(refused).map_err(InvalidVideos::together);
        }
        let videos = self.videos.into_iter().enumerate();
        let parsed: Vec<_> =
            videos.map(|(index, video)| video.parse(Self::path_to(index), ids)).collect();
        if parsed.iter().all(Result::is_ok) {
            return Ok(parsed.into_iter().filter_map(Result::ok).collect());
        }
        let claimed = parsed.into_iter().map(|video| match video {
            Ok(video) => (Vec::new(), Claim::Valid(video)),
            Err(invalid) => *invalid,
        });
        let (faults, claims) = claimed.unzip();
        Err(InvalidVideos { faults, claims })
    }

    /// The path to one of the videos.
    pub fn path_to(index: usize) -> Vec<String> {
        vec!["input".to_owned(), "videos".to_owned(), index.to_string()]
    }
}

/// Videos to add of which not all are valid.
pub struct InvalidVideos {
    /// What is wrong with each video, in the order of the input.
    pub faults: Vec<Vec<UserError>>,
    /// What each video claims; none if they are not looked at one by one.
    pub claims: Vec<Claim>,
}

impl InvalidVideos {
    /// One video.
    pub fn one((faults, claim): (Vec<UserError>, Claim)) -> Self {
        Self { faults: vec![faults], claims: vec![claim] }
    }

    /// What is wrong with all videos together.
    fn together(faults: Vec<UserError>) -> Self {
        Self { faults: vec![faults], claims: Vec::new() }
    }
}

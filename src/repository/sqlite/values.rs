//! The values of the columns of a video.

use rusqlite::types::{Null, ToSqlOutput};

use crate::domain::{Text, Video, natural};

/// The columns with a video's values, apart from those for finding and counting its row.
pub(super) const COLUMNS: [&str; 15] = [
    "path",
    "filename",
    "filename_key",
    "duration_frames",
    "frame_rate_numerator",
    "frame_rate_denominator",
    "width",
    "height",
    "video_codec",
    "audio_codec",
    "file_size",
    "thumbnail_path",
    "created_at",
    "updated_at",
    "version",
];

/// A video's values for the [`COLUMNS`].
pub(super) fn values_of(video: &Video) -> [ToSqlOutput<'_>; 15] {
    let values = &video.values;
    [
        values.path.as_str().into(),
        values.filename.as_str().into(),
        natural::key_of(values.filename.as_str()).into(),
        values.duration_frames.get().into(),
        values.frame_rate.numerator().into(),
        values.frame_rate.denominator().into(),
        values.width.get().into(),
        values.height.get().into(),
        values.video_codec.as_str().into(),
        optional(values.audio_codec.as_ref().map(Text::as_str)),
        values.file_size.get().into(),
        optional(values.thumbnail_path.as_ref().map(Text::as_str)),
        video.created_at.as_micros().into(),
        video.updated_at.as_micros().into(),
        video.version.into(),
    ]
}

/// A text, or NULL.
pub(super) fn optional(text: Option<&str>) -> ToSqlOutput<'_> {
    text.map_or(Null.into(), Into::into)
}

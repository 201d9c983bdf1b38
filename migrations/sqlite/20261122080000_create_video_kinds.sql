-- What the videos of each kind come to: kept up to date in the transaction of every change, so that
-- statistics need not look at the videos.

CREATE TABLE video_kinds (
    kind                   INTEGER PRIMARY KEY,
    -- What the videos of a kind have in common, as their own rows have it.
    video_codec            TEXT    NOT NULL,
    audio_codec            TEXT,
    width                  INTEGER NOT NULL,
    height                 INTEGER NOT NULL,
    frame_rate_numerator   INTEGER NOT NULL,
    frame_rate_denominator INTEGER NOT NULL,
    -- How many videos there are. A row whose videos are gone is gone as well.
    videos                 INTEGER NOT NULL,
    -- Each sum is in two parts, because it may exceed 64 bits: that of the numbers' upper bits and
    -- that of their lower 32, neither carried over to the other.
    frames_high            INTEGER NOT NULL,
    frames_low             INTEGER NOT NULL,
    -- Bytes.
    file_size_high         INTEGER NOT NULL,
    file_size_low          INTEGER NOT NULL
) STRICT;

-- No text of a video is empty, so that '' can stand for none: NULL would not be unique.
CREATE UNIQUE INDEX video_kinds_values ON video_kinds (
    video_codec, coalesce(audio_codec, ''), width, height, frame_rate_numerator, frame_rate_denominator
);
-- Those to be removed.
CREATE INDEX video_kinds_empty ON video_kinds (kind) WHERE videos = 0;

-- The sums from which statistics are read. Every change updates them in its own transaction; nobody else
-- writes at that time, so no row of them is contended.

CREATE TABLE video_kinds (
    kind                   bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    video_codec            text    COLLATE "C" NOT NULL,
    audio_codec            text    COLLATE "C",
    width                  int     NOT NULL,
    height                 int     NOT NULL,
    frame_rate_numerator   int     NOT NULL,
    frame_rate_denominator int     NOT NULL,
    videos                 bigint  NOT NULL CHECK (videos >= 0),
    frames                 numeric NOT NULL CHECK (frames >= 0),
    file_size              numeric NOT NULL CHECK (file_size >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE video_kinds IS 'The videos by what they have in common, with their sums. Pages are half empty so that a row can be updated within its page.';
COMMENT ON COLUMN video_kinds.kind IS 'The number of the kind.';
COMMENT ON COLUMN video_kinds.video_codec IS 'videos.video_codec of all of them.';
COMMENT ON COLUMN video_kinds.audio_codec IS 'videos.audio_codec of all of them.';
COMMENT ON COLUMN video_kinds.width IS 'videos.width of all of them.';
COMMENT ON COLUMN video_kinds.height IS 'videos.height of all of them.';
COMMENT ON COLUMN video_kinds.frame_rate_numerator IS 'videos.frame_rate_numerator of all of them.';
COMMENT ON COLUMN video_kinds.frame_rate_denominator IS 'videos.frame_rate_denominator of all of them.';
COMMENT ON COLUMN video_kinds.videos IS 'The number of videos, at least one.';
COMMENT ON COLUMN video_kinds.frames IS 'The sum of videos.duration_frames, which can exceed a bigint.';
COMMENT ON COLUMN video_kinds.file_size IS 'The sum of videos.file_size, which can exceed a bigint.';

-- Codecs can be longer than what an index holds. No column of an index may be one of the sums: an update
-- of a row would write all indexes then.
CREATE INDEX video_kinds_key ON video_kinds (
    width, height, frame_rate_numerator, frame_rate_denominator,
    hashtextextended(video_codec, 0), hashtextextended(coalesce(audio_codec, ''), 0)
);

INSERT INTO video_kinds (
    video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator,
    videos, frames, file_size
)
SELECT
    video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator,
    count(*), sum(duration_frames), sum(file_size)
FROM videos
GROUP BY 1, 2, 3, 4, 5, 6;

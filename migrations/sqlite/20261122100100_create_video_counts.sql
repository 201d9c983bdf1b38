-- Statistics of all videos, kept up to date in the transaction of every change. A row whose videos
-- are gone is gone as well.

-- How many videos have something in common.
CREATE TABLE video_counts (
    facet  TEXT    NOT NULL CHECK (facet IN ('everything', 'video_codec', 'audio_codec', 'resolution')),
    -- The codec; '' where there is none, or where the facet is no codec.
    text   TEXT    NOT NULL,
    -- Width and height; 0 where the facet is no resolution.
    first  INTEGER NOT NULL,
    second INTEGER NOT NULL,
    videos INTEGER NOT NULL,

    PRIMARY KEY (facet, text, first, second)
) STRICT, WITHOUT ROWID;

CREATE INDEX video_counts_most_frequent ON video_counts (facet, videos DESC, text, first, second);
-- Those to be removed.
CREATE INDEX video_counts_empty ON video_counts (videos) WHERE videos = 0;

-- What the videos at each frame rate come to. A sum is in two parts, because it may exceed 64 bits:
-- that of the numbers' upper bits and that of their lower 32, neither carried over to the other.
CREATE TABLE frame_rate_totals (
    numerator      INTEGER NOT NULL,
    denominator    INTEGER NOT NULL,
    videos         INTEGER NOT NULL,
    frames_high    INTEGER NOT NULL,
    frames_low     INTEGER NOT NULL,
    -- Bytes.
    file_size_high INTEGER NOT NULL,
    file_size_low  INTEGER NOT NULL,

    PRIMARY KEY (numerator, denominator)
) STRICT, WITHOUT ROWID;

CREATE INDEX frame_rate_totals_empty ON frame_rate_totals (videos) WHERE videos = 0;

INSERT INTO video_counts
SELECT 'everything', '', 0, 0, count(*) FROM videos HAVING count(*) > 0
UNION ALL
SELECT 'video_codec', video_codec, 0, 0, count(*) FROM videos GROUP BY video_codec
UNION ALL
SELECT 'audio_codec', coalesce(audio_codec, ''), 0, 0, count(*) FROM videos GROUP BY audio_codec
UNION ALL
SELECT 'resolution', '', width, height, count(*) FROM videos GROUP BY width, height;

INSERT INTO frame_rate_totals
SELECT
    frame_rate_numerator, frame_rate_denominator, count(*),
    sum(duration_frames >> 32), sum(duration_frames & 4294967295),
    sum(file_size >> 32), sum(file_size & 4294967295)
FROM videos
GROUP BY frame_rate_numerator, frame_rate_denominator;

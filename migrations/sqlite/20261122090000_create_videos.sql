-- The videos as they are now.

-- "Reel": how a program can tell a library from other SQLite databases.
PRAGMA application_id = 0x5265656C;

-- The constraints are the invariants of the domain's types. Text compares byte by byte (BINARY, the
-- default). Times are microseconds since 1970 began, within the years 0000 to 9999.
CREATE TABLE videos (
    -- Where the video stands among all: positions rise as (created_at, id) does. There is room between
    -- two of them for others; where it runs out, videos nearby get new positions.
    position               INTEGER PRIMARY KEY,
    -- The UUID's 16 bytes.
    id                     BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    path                   TEXT    NOT NULL UNIQUE
        CHECK (path <> '' AND length(CAST(path AS BLOB)) <= 4096 AND instr(path, char(0)) = 0),
    filename               TEXT    NOT NULL
        CHECK (filename <> '' AND length(CAST(filename AS BLOB)) <= 4096 AND instr(filename, char(0)) = 0),
    duration_frames        INTEGER NOT NULL CHECK (duration_frames BETWEEN 0 AND 9007199254740991),
    -- Frames per second as an exact fraction, kept as it was given.
    frame_rate_numerator   INTEGER NOT NULL CHECK (frame_rate_numerator BETWEEN 1 AND 2147483647),
    frame_rate_denominator INTEGER NOT NULL CHECK (frame_rate_denominator BETWEEN 1 AND 2147483647),
    -- Pixels.
    width                  INTEGER NOT NULL CHECK (width BETWEEN 1 AND 2147483647),
    height                 INTEGER NOT NULL CHECK (height BETWEEN 1 AND 2147483647),
    video_codec            TEXT    NOT NULL
        CHECK (video_codec <> '' AND length(CAST(video_codec AS BLOB)) <= 4096 AND instr(video_codec, char(0)) = 0),
    -- NULL where the file has no audio stream.
    audio_codec            TEXT
        CHECK (audio_codec <> '' AND length(CAST(audio_codec AS BLOB)) <= 4096 AND instr(audio_codec, char(0)) = 0),
    -- Bytes.
    file_size              INTEGER NOT NULL CHECK (file_size BETWEEN 0 AND 9007199254740991),
    thumbnail_path         TEXT
        CHECK (thumbnail_path <> '' AND length(CAST(thumbnail_path AS BLOB)) <= 4096 AND instr(thumbnail_path, char(0)) = 0),
    -- When the record was added.
    created_at             INTEGER NOT NULL CHECK (created_at BETWEEN -62167219200000000 AND 253402300799999999),
    -- When the record last changed.
    updated_at             INTEGER NOT NULL CHECK (updated_at BETWEEN -62167219200000000 AND 253402300799999999),
    -- The version of the newest entry in audit_log.
    version                INTEGER NOT NULL CHECK (version BETWEEN 1 AND 2147483647),
    -- What its codecs, size in pixels and frame rate are counted under.
    kind                   INTEGER NOT NULL REFERENCES video_kinds,
    -- The same operations in the same order as in the program, so that both get the same double.
    duration_seconds       REAL    NOT NULL
        AS (CAST(duration_frames AS REAL) * frame_rate_denominator / frame_rate_numerator) VIRTUAL
) STRICT;

-- One index for each order that a page can have; the unique one of path serves that order, and the
-- table itself that of created_at, for which this index only finds positions.
CREATE INDEX videos_created_at ON videos (created_at, id);
CREATE INDEX videos_updated_at ON videos (updated_at, id);
CREATE INDEX videos_filename ON videos (filename, id);
CREATE INDEX videos_file_size ON videos (file_size, id);
CREATE INDEX videos_duration_seconds ON videos (duration_seconds, id);
-- The videos of rare kinds, newest last.
CREATE INDEX videos_kind ON videos (kind);

-- A library. Text compares byte by byte, whatever the collation of the database is. Times are
-- microseconds since 1970 began, within the years 0000 to 9999.

CREATE TABLE library_lock (
    one boolean PRIMARY KEY CHECK (one)
);
COMMENT ON TABLE library_lock IS 'Whoever writes locks its only row first, so that changes are committed in the order of the log.';
COMMENT ON COLUMN library_lock.one IS 'Always true. The row is locked and never updated: versions of it would pile up under long snapshots.';

INSERT INTO library_lock VALUES (true);

CREATE TABLE writers (
    id      uuid   PRIMARY KEY,
    batch   bigint NOT NULL,
    wrote_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE writers IS 'The last transaction of each server, which looks here for the outcome of a commit that was not answered.';
COMMENT ON COLUMN writers.id IS 'A random ID that a server has from its start to its end.';
COMMENT ON COLUMN writers.batch IS 'The number of its last transaction that was committed.';
COMMENT ON COLUMN writers.wrote_at IS 'When that began. Rows of a day ago are of no use.';

CREATE TABLE videos (
    id                     uuid   PRIMARY KEY,
    path                   text   COLLATE "C" NOT NULL,
    filename               text   COLLATE "C" NOT NULL,
    filename_key           text   COLLATE "C" NOT NULL,
    duration_frames        bigint NOT NULL CHECK (duration_frames BETWEEN 0 AND 9007199254740991),
    frame_rate_numerator   int    NOT NULL CHECK (frame_rate_numerator >= 1),
    frame_rate_denominator int    NOT NULL CHECK (frame_rate_denominator >= 1),
    width                  int    NOT NULL CHECK (width >= 1),
    height                 int    NOT NULL CHECK (height >= 1),
    video_codec            text   COLLATE "C" NOT NULL,
    audio_codec            text   COLLATE "C",
    file_size              bigint NOT NULL CHECK (file_size BETWEEN 0 AND 9007199254740991),
    thumbnail_path         text   COLLATE "C",
    created_at             bigint NOT NULL,
    updated_at             bigint NOT NULL,
    version                int    NOT NULL CHECK (version >= 1),
    duration_seconds       double precision NOT NULL GENERATED ALWAYS AS
        (duration_frames::double precision * frame_rate_denominator / frame_rate_numerator) STORED,
    -- A B-tree holds no values above 2,704 bytes, and paths have up to 4,096.
    CONSTRAINT videos_path EXCLUDE USING hash (path WITH =)
);
COMMENT ON TABLE videos IS 'The videos as they are now.';
COMMENT ON COLUMN videos.id IS 'The ID.';
COMMENT ON COLUMN videos.path IS 'Where the file is. No two videos have one path.';
COMMENT ON COLUMN videos.filename IS 'The name of the file.';
COMMENT ON COLUMN videos.filename_key IS 'The key by which natural order compares the filename, as the program makes it.';
COMMENT ON COLUMN videos.duration_frames IS 'The duration in frames.';
COMMENT ON COLUMN videos.frame_rate_numerator IS 'The numerator of the frames per second, as it was given.';
COMMENT ON COLUMN videos.frame_rate_denominator IS 'Its denominator.';
COMMENT ON COLUMN videos.width IS 'The width in pixels.';
COMMENT ON COLUMN videos.height IS 'The height in pixels.';
COMMENT ON COLUMN videos.video_codec IS 'The codec of the picture.';
COMMENT ON COLUMN videos.audio_codec IS 'The codec of the sound. NULL if the file has no audio stream.';
COMMENT ON COLUMN videos.file_size IS 'The size in bytes.';
COMMENT ON COLUMN videos.thumbnail_path IS 'Where the thumbnail is. NULL if there is none.';
COMMENT ON COLUMN videos.created_at IS 'When the record was added.';
COMMENT ON COLUMN videos.updated_at IS 'When the record last changed.';
COMMENT ON COLUMN videos.version IS 'The version of the newest entry in audit_log.';
COMMENT ON COLUMN videos.duration_seconds IS 'The duration, by the same operations in the same order as in the program, so that both get the same double.';

CREATE INDEX videos_created_at ON videos (created_at, id);
CREATE INDEX videos_updated_at ON videos (updated_at, id);
CREATE INDEX videos_file_size ON videos (file_size, id);
CREATE INDEX videos_duration_seconds ON videos (duration_seconds, id);
CREATE INDEX videos_resolution ON videos ((width::bigint * height), width, id);
CREATE INDEX videos_frame_rate ON videos ((frame_rate_numerator::double precision / frame_rate_denominator), id);

CREATE TABLE audit_log (
    sequence   bigint PRIMARY KEY,
    entity_id  uuid   NOT NULL,
    version    int    NOT NULL CHECK (version >= 1),
    operation  text   COLLATE "C" NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    timestamp  bigint NOT NULL,
    old_values text   COLLATE "C" CHECK ((old_values IS NULL) = (operation = 'INSERT')),
    new_values text   COLLATE "C" CHECK ((new_values IS NULL) = (operation = 'DELETE')),
    actor      text   COLLATE "C",
    request_id text   COLLATE "C",
    write_end  bigint,
    CONSTRAINT audit_log_version UNIQUE (entity_id, version)
);
COMMENT ON TABLE audit_log IS 'The history: one row for each change of a video, written in the same transaction as the change.';
COMMENT ON COLUMN audit_log.sequence IS 'The place in the log: rises by one with every change, without holes.';
COMMENT ON COLUMN audit_log.entity_id IS 'videos.id of the video that changed. No foreign key: the entry outlives the video.';
COMMENT ON COLUMN audit_log.version IS 'The version of the video after the change.';
COMMENT ON COLUMN audit_log.operation IS 'What was done.';
COMMENT ON COLUMN audit_log.timestamp IS 'When the change was made.';
COMMENT ON COLUMN audit_log.old_values IS 'The fields that differ, before the change: a JSON object from the public name of a field to its value in public form, without those that had no value. NULL where there was no video.';
COMMENT ON COLUMN audit_log.new_values IS 'The same after the change. NULL where there is no video any more.';
COMMENT ON COLUMN audit_log.actor IS 'Who made the change, where credentials are asked for. U+001A begins an escape: U+001A 0 stands for a NUL, U+001A 1 for itself.';
COMMENT ON COLUMN audit_log.request_id IS 'The request that made the change, with the escapes of actor.';
COMMENT ON COLUMN audit_log.write_end IS 'The sequence of the last entry of the same write. NULL where it is the entry''s own.';

CREATE INDEX audit_log_request_id ON audit_log USING hash (request_id) WHERE request_id IS NOT NULL;

CREATE TABLE video_checkpoints (
    entity_id    uuid NOT NULL,
    version      int  NOT NULL CHECK (version >= 1),
    field_values text COLLATE "C" NOT NULL,
    PRIMARY KEY (entity_id, version)
);
COMMENT ON TABLE video_checkpoints IS 'States of videos with many versions, from which their other past states are reconstructed.';
COMMENT ON COLUMN video_checkpoints.entity_id IS 'videos.id of the video.';
COMMENT ON COLUMN video_checkpoints.version IS 'The version of the entry in audit_log after which it was in this state.';
COMMENT ON COLUMN video_checkpoints.field_values IS 'Every field that had a value, in the form of audit_log.new_values of an INSERT.';

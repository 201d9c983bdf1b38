-- The history: one row for each change of a video, written in the same transaction as the change.

CREATE TABLE audit_log (
    -- The place in the log: rises by one with every change, without holes.
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    -- videos.id of the video that changed. No foreign key: the entry outlives the video.
    entity_id  BLOB    NOT NULL CHECK (length(entity_id) = 16),
    -- The video's version after the change.
    version    INTEGER NOT NULL CHECK (version BETWEEN 1 AND 2147483647),
    operation  TEXT    NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    -- Microseconds since 1970 began.
    timestamp  INTEGER NOT NULL CHECK (timestamp BETWEEN -62167219200000000 AND 253402300799999999),
    -- The fields that differ, before the change: a JSON object from the public name of a field to its
    -- value in public form, without those that had no value. NULL where there was no video.
    old_values TEXT    CHECK ((old_values IS NULL) = (operation = 'INSERT')),
    -- The same after the change. NULL where there is no video any more.
    new_values TEXT    CHECK ((new_values IS NULL) = (operation = 'DELETE')),
    -- Who made the change, where credentials are asked for.
    actor      TEXT,
    -- The request that made the change.
    request_id TEXT,

    UNIQUE (entity_id, version)
) STRICT;

CREATE INDEX audit_log_request_id ON audit_log (request_id) WHERE request_id IS NOT NULL;

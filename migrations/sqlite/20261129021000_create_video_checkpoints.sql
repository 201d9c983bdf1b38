-- States of videos with many versions, from which their other past states are reconstructed.

-- A row for each update whose version is a multiple of the program's interval. Older entries have none:
-- their states are reconstructed from the last row before them or, without one, from the INSERT.
CREATE TABLE video_checkpoints (
    entity_id    BLOB    NOT NULL CHECK (length(entity_id) = 16),
    -- The video's version: that of the entry in audit_log after which it was in this state.
    version      INTEGER NOT NULL CHECK (version BETWEEN 1 AND 2147483647),
    -- Every field that had a value, in the form of audit_log.new_values of an INSERT.
    field_values TEXT    NOT NULL,

    PRIMARY KEY (entity_id, version)
) STRICT, WITHOUT ROWID;

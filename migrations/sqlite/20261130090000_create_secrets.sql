-- What the servers of a library must keep to themselves, and all of them have alike.

CREATE TABLE secrets (
    -- 'address_key': the key that signs the addresses of files and thumbnails. There is none before a server that
    -- serves files is started for the first time.
    name  TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What scans know: the folders that are scanned, their files, and the scans themselves. None of it is in the
-- history. Times are microseconds since 1970 began, unless something else is said. Numbers of 64 bits that the
-- operating system gives without a sign are kept with the same bits, as numbers with a sign.

-- The folders whose videos the library has.
CREATE TABLE library_roots (
    -- What the other tables name it by.
    root         INTEGER PRIMARY KEY,
    -- The ID: the 16 bytes of a UUID.
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    -- The name, as the settings have it.
    name         TEXT    NOT NULL UNIQUE CHECK (name <> '' AND length(CAST(name AS BLOB)) <= 100),
    -- Where the folder is: the bytes that the operating system has, without a slash at the end.
    directory    BLOB    NOT NULL,
    -- What videos.path of its videos begins with, before a slash. It stays when the folder is moved.
    path_prefix  TEXT    NOT NULL UNIQUE,
    -- Why it could not be reached at the last look, in a sentence; NULL where it could.
    fault        TEXT,
    -- The number of the device that the folder is on; NULL where it was never reached.
    device       INTEGER,
    -- Until when a server has promised to look after it; NULL where none has since it was scanned by hand.
    served_until INTEGER
) STRICT;

-- The files that scans have found.
CREATE TABLE files (
    -- What scans name it by. It is never given to another file.
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The root that it is in.
    root           INTEGER NOT NULL REFERENCES library_roots (root),
    -- Where it is below the root: the bytes that the operating system has.
    path           BLOB    NOT NULL,
    -- videos.id of its video, which has its path. NULL where a person has deleted the video or given it another
    -- path, so that the file is not added again.
    video          BLOB    UNIQUE CHECK (length(video) = 16),
    -- The size in bytes.
    size           INTEGER NOT NULL,
    -- When the content was modified and when anything about it was, in nanoseconds since 1970 began.
    modified       INTEGER NOT NULL,
    changed        INTEGER NOT NULL,
    -- The number of the device that it is on, and its own number there.
    device         INTEGER NOT NULL,
    inode          INTEGER NOT NULL,
    -- What stands for its content.
    fingerprint    TEXT    NOT NULL,
    -- What the last probe said about what people may change, as a JSON object.
    probed         TEXT    NOT NULL,
    -- 1 where its disk could not be reached at the last scan, and 0 otherwise.
    is_unreachable INTEGER NOT NULL CHECK (is_unreachable IN (0, 1)),
    UNIQUE (root, path)
) STRICT;

CREATE INDEX files_fingerprint ON files (fingerprint);
-- The files of a root by their numbers, in which scans read them, and those that have no video, of which there
-- are few: together they count the videos of a root.
CREATE INDEX files_root ON files (root, number);
CREATE INDEX files_without_video ON files (root) WHERE video IS NULL;

-- Scans that are waiting, running and done.
CREATE TABLE scans (
    -- The ID: the 16 bytes of a UUID.
    id                BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    -- The root that is scanned.
    root              INTEGER NOT NULL REFERENCES library_roots (root),
    -- The folders below it that are scanned, as a JSON array; an empty one for the whole root.
    paths             TEXT    NOT NULL,
    -- 1 where files that have not changed are probed as well, and 0 otherwise.
    rescan            INTEGER NOT NULL CHECK (rescan IN (0, 1)),
    -- How many videos may become missing whatever the guard says; NULL where the guard decides.
    confirmed_missing INTEGER,
    -- The name of whoever asked for it; NULL where nobody did.
    requested_by      TEXT,
    -- How it stands.
    state             TEXT    NOT NULL,
    -- What it is doing; NULL unless it is running.
    phase             TEXT,
    -- How far it is, from 0 to 1; NULL where that is not known.
    progress          REAL,
    -- What it has found and done so far, as a JSON object.
    counts            TEXT    NOT NULL,
    -- What to do, if it failed or needs a confirmation.
    message           TEXT,
    -- 1 where somebody asked it to stop, and 0 otherwise.
    is_cancelled      INTEGER NOT NULL CHECK (is_cancelled IN (0, 1)),
    -- When it was asked for, when it began and when it ended.
    created_at        INTEGER NOT NULL,
    started_at        INTEGER,
    ended_at          INTEGER,
    -- The random ID of the process that runs it, 16 bytes, and until when others believe that; NULL unless it is
    -- running.
    runner            BLOB    CHECK (length(runner) = 16),
    lease_until       INTEGER,
    CHECK ((state = 'RUNNING') = (runner IS NOT NULL AND lease_until IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- One at a time for a root.
CREATE UNIQUE INDEX scans_running ON scans (root) WHERE state = 'RUNNING';
-- The order in which scans are listed.
CREATE INDEX scans_created_at ON scans (created_at, id);

-- The files and folders that are not as they should be.
CREATE TABLE scan_problems (
    -- The root that it is in.
    root       INTEGER NOT NULL REFERENCES library_roots (root),
    -- Where it is below the root: the bytes that the operating system has.
    path       BLOB    NOT NULL,
    -- What kind of problem it is.
    code       TEXT    NOT NULL,
    -- What is wrong, and what to do.
    message    TEXT    NOT NULL,
    -- When it was first seen with this code.
    since      INTEGER NOT NULL,
    -- What the disk says about a file that is no video, as files has it: it is read again once that changes. All
    -- of them are NULL for other problems.
    size       INTEGER,
    modified   INTEGER,
    changed    INTEGER,
    device     INTEGER,
    inode      INTEGER,
    -- The IDs of the missing videos that the file may be, as a JSON array.
    candidates TEXT    NOT NULL,
    PRIMARY KEY (root, path)
) STRICT, WITHOUT ROWID;

-- One row, by which readers notice changes of the tables above.
CREATE TABLE catalogue_revision (
    -- Always 1.
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    -- It rises in each transaction that changes one of them.
    revision INTEGER NOT NULL
) STRICT;

INSERT INTO catalogue_revision VALUES (1, 0);

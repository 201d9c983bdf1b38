-- The keys by which clients show who they are. Other processes write here while a server runs.

CREATE TABLE api_keys (
    -- The part of the key that is no secret: twelve hexadecimal digits.
    id           TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 12),
    -- Whose key it is: audit_log.actor of the changes that are made with it.
    name         TEXT    NOT NULL CHECK (name <> '' AND length(CAST(name AS BLOB)) <= 100),
    role         TEXT    NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    -- The SHA-256 of the whole key, which itself is kept nowhere.
    digest       BLOB    NOT NULL CHECK (length(digest) = 32),
    -- Microseconds since 1970 began, here and below.
    created_at   INTEGER NOT NULL,
    -- NULL where the key is good for ever.
    expires_at   INTEGER,
    -- A minute or two behind. NULL where the key was never used.
    last_used_at INTEGER,
    -- NULL where the key was not revoked. What was revoked stays, so that it can be told whose key it was.
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

-- A name stands for one key at a time.
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;

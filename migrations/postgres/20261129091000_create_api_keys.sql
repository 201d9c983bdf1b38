-- The API keys. Times are microseconds since 1970 began.

CREATE TABLE api_keys (
    id           text   COLLATE "C" PRIMARY KEY CHECK (char_length(id) = 12),
    name         text   COLLATE "C" NOT NULL CHECK (name <> '' AND octet_length(name) <= 100),
    role         text   COLLATE "C" NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
    digest       bytea  NOT NULL CHECK (octet_length(digest) = 32),
    created_at   bigint NOT NULL,
    expires_at   bigint,
    last_used_at bigint,
    revoked_at   bigint
);
COMMENT ON TABLE api_keys IS 'The API keys. Revoked ones stay, so that their names in audit_log can be explained.';
COMMENT ON COLUMN api_keys.id IS 'The part of the key that is no secret: twelve hexadecimal digits.';
COMMENT ON COLUMN api_keys.name IS 'The holder of the key: audit_log.actor of the changes that are made with it.';
COMMENT ON COLUMN api_keys.role IS 'The role of the holder.';
COMMENT ON COLUMN api_keys.digest IS 'The SHA-256 of the whole key, which itself is kept nowhere.';
COMMENT ON COLUMN api_keys.created_at IS 'When the key was created.';
COMMENT ON COLUMN api_keys.expires_at IS 'When the key expires. NULL if it never does.';
COMMENT ON COLUMN api_keys.last_used_at IS 'When the key was last used, a minute or two behind. NULL if it never was.';
COMMENT ON COLUMN api_keys.revoked_at IS 'When the key was revoked. NULL if it was not.';

-- A name stands for one key at a time.
CREATE UNIQUE INDEX api_keys_name ON api_keys (name) WHERE revoked_at IS NULL;

CREATE TABLE api_key_changes (
    one    boolean PRIMARY KEY CHECK (one),
    number bigint  NOT NULL
);
COMMENT ON TABLE api_key_changes IS 'One row, from which servers see that keys have changed.';
COMMENT ON COLUMN api_key_changes.one IS 'Always true.';
COMMENT ON COLUMN api_key_changes.number IS 'The number of changes so far, counted in the same transaction as the change.';

INSERT INTO api_key_changes VALUES (true, 0);

-- What the servers of a library must keep to themselves, and all of them have alike.

CREATE TABLE secrets (
    name  text  COLLATE "C" PRIMARY KEY CHECK (name <> ''),
    value bytea NOT NULL
);
COMMENT ON TABLE secrets IS 'What the servers of a library must keep to themselves, and all of them have alike.';
COMMENT ON COLUMN secrets.name IS '''address_key'': the key that signs the addresses of files and thumbnails. There is none before a server that serves files is started for the first time.';
COMMENT ON COLUMN secrets.value IS 'The secret.';

-- What scans find out about the files of videos.

ALTER TABLE videos
    ADD COLUMN file text COLLATE "C",
    ADD COLUMN missing_since bigint,
    ADD COLUMN file_modified_at bigint,
    ADD COLUMN fingerprint text COLLATE "C";

COMMENT ON COLUMN videos.file IS 'All facts as a JSON object; NULL where no scan has found the file.';
COMMENT ON COLUMN videos.missing_since IS
    'Since when the file has been missing, in microseconds since 1970 began; also in file.';
COMMENT ON COLUMN videos.file_modified_at IS
    'When the file was last modified, in microseconds since 1970 began; also in file.';
COMMENT ON COLUMN videos.fingerprint IS 'What stands for the content of the file; also in file.';

-- Most files are there, and many libraries have no scanned video.
CREATE INDEX videos_missing_since ON videos (missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX videos_fingerprint ON videos (fingerprint) WHERE fingerprint IS NOT NULL;

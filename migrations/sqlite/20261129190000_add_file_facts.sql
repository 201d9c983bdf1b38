-- What scans find out about the files of videos. There is no CHECK, which would read all videos once: a
-- check of the library verifies it.

-- All facts as a JSON object; NULL where no scan has found the file.
ALTER TABLE videos ADD COLUMN file TEXT;
-- Some of them once more, for filters. Since when the file has been missing:
ALTER TABLE videos ADD COLUMN missing_since INTEGER;
-- When the file was last modified:
ALTER TABLE videos ADD COLUMN file_modified_at INTEGER;
-- What stands for the content of the file:
ALTER TABLE videos ADD COLUMN fingerprint TEXT;

-- Most files are there, and many libraries have no scanned video.
CREATE INDEX videos_missing_since ON videos (missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX videos_fingerprint ON videos (fingerprint) WHERE fingerprint IS NOT NULL;

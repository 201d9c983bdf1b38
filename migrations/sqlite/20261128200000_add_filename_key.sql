-- The natural order of filenames.

-- The key by which a filename is compared, as the program makes it. It is empty where it has not been made
-- yet, which is so while the library is opened.
ALTER TABLE videos ADD COLUMN filename_key TEXT NOT NULL DEFAULT '';

CREATE INDEX videos_filename_key ON videos (filename_key, filename, id);

-- 'filename_key', what is in that column.
INSERT INTO derivations (name, version) VALUES ('filename_key', 0);

-- Searches that are a whole filename use the index on filenames now, which orders need anyway.
DROP INDEX videos_whole_filename;

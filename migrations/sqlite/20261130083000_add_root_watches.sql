-- Until when a server has promised to notice what changes in the folder as it happens; NULL where none does.
ALTER TABLE library_roots ADD COLUMN watched_until INTEGER;

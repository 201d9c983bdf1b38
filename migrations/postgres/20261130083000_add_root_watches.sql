ALTER TABLE library_roots ADD COLUMN watched_until bigint;
COMMENT ON COLUMN library_roots.watched_until IS
    'Until when a server has promised to notice what changes in the folder as it happens. NULL if none does.';

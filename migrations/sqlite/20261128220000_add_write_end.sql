-- Where writes end in the history.

-- audit_log.sequence of the last entry of the same write. The entries of a write stand one behind the
-- other, and inside it the library has no state that ever existed. NULL where it is the entry's own, as
-- in all entries that are older than this column. There is no CHECK, which would read all of them once:
-- a check of the library verifies it.
ALTER TABLE audit_log ADD COLUMN write_end INTEGER;

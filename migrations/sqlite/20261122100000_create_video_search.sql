-- The words of the videos, for the search.

-- One row for each video; its rowid is videos.position with the sign changed, so that rowids ascend from
-- the newest video to the oldest: the index walks its own way twice as fast. The program cuts names into
-- words and passes them with blanks between. The index splits them there and nowhere else: all that is
-- not ASCII belongs to words, and so does '|'.
CREATE VIRTUAL TABLE video_search USING fts5 (
    -- The words of the path, which end with those of the filename. Each begins with a letter that tells
    -- where it stands: f, in the filename; p, in the path before it.
    words,
    -- The text is not kept, only where each word occurs.
    content = '',
    contentless_delete = 1,
    tokenize = "ascii tokenchars '|'",
    -- Starts of words have lists of their own, up to seven letters after the first. Those of longer ones
    -- are put together for every search; of these there are few words, and rare ones.
    prefix = '2 3 4 5 6 7 8'
);

-- How many bytes of new words are gathered before they are written, unless a commit comes first. An
-- import writes far less than with the default of 1 MiB, since there is less to merge.
INSERT INTO video_search (video_search, rank) VALUES ('hashsize', 33554432);

-- How many bytes are read at once. To find one video in the list of a frequent word, half of that is
-- looked through; with the default of 4,050, phrases are slower.
INSERT INTO video_search (video_search, rank) VALUES ('pgsz', 1000);

-- What the index has, word by word. It takes no space.
CREATE VIRTUAL TABLE video_search_words USING fts5vocab (video_search, instance);

-- The words of the videos, for the search.

-- One row for each video; its rowid is videos.position, so that rowids descend from the newest video to
-- the oldest. The program cuts names into words and passes them with blanks between. The index splits
-- them there and nowhere else: all that is not ASCII belongs to words, and so does '|'.
CREATE VIRTUAL TABLE video_search USING fts5 (
    -- The words of the path, which end with those of the filename. Each begins with a letter that tells
    -- where it stands: f, in the filename; p, in the path before it.
    words,
    -- The text is not kept, only where each word occurs.
    content = '',
    contentless_delete = 1,
    tokenize = "ascii tokenchars '|'",
    -- Starts of words have lists of their own, up to three letters after the first.
    prefix = '2 3 4'
);

-- What the index has, word by word. It takes no space.
CREATE VIRTUAL TABLE video_search_words USING fts5vocab (video_search, instance);

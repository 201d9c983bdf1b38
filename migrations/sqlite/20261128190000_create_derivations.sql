-- What is made from the videos by rules of the program: by which version of the rules. A program with
-- other rules makes it anew when it opens the library, batch by batch, and goes on where one before it
-- was stopped.

CREATE TABLE derivations (
    -- What is made: 'search', the words in video_search.
    name        TEXT    NOT NULL PRIMARY KEY,
    -- The version of the rules by which it was made for every video.
    version     INTEGER NOT NULL,
    -- The version by which it is being made, while it is.
    in_progress INTEGER,
    -- videos.position of the video that it was made for last, from the newest to the oldest.
    reached     INTEGER CHECK (reached IS NULL OR in_progress IS NOT NULL)
) STRICT, WITHOUT ROWID;

INSERT INTO derivations (name, version) VALUES ('search', 1);

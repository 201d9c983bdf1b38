-- The words of videos, in a table of their own: a change that renames nothing does not touch it.

CREATE TABLE video_search (
    created_at bigint NOT NULL,
    id         uuid   NOT NULL,
    filename   text   COLLATE "C" NOT NULL,
    anywhere   text   COLLATE "C" NOT NULL,
    PRIMARY KEY (created_at, id)
);
COMMENT ON TABLE video_search IS 'The words of each video as the program cuts them. What a search looks for is a part of these texts.';
COMMENT ON COLUMN video_search.created_at IS 'videos.created_at. Searches walk along the primary key, the newest first.';
COMMENT ON COLUMN video_search.id IS 'videos.id.';
COMMENT ON COLUMN video_search.filename IS 'The words of the filename, a blank before the first and after each; and after a slash the compounds, each with a blank and a bar behind it.';
COMMENT ON COLUMN video_search.anywhere IS 'The same of the path; and after another slash that of the filename, unless the path has all of it.';

-- An index has what a function returned: one that returns something else needs another name.
CREATE FUNCTION search_tokens_1(filename text, anywhere text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_to_tsvector(array_remove(string_to_array(ltrim(regexp_replace(
    replace(rtrim(replace(replace(filename, ' |', ''), ' /', '')), ' ', ' f')
        || replace(rtrim(replace(replace(anywhere, ' |', ''), ' /', '')), ' ', ' p'),
    '([^ ]{101})[^ ]+', '\1', 'g')), ' '), ''));
COMMENT ON FUNCTION search_tokens_1 IS 'The words of a video, marked with f for the filename and with p for anywhere, and cut to 100 characters.';

CREATE INDEX video_search_tokens ON video_search USING gin (search_tokens_1(filename, anywhere))
    WITH (fastupdate = on, gin_pending_list_limit = 1024);

CREATE TABLE search_version (
    one     boolean PRIMARY KEY CHECK (one),
    version bigint  NOT NULL
);
COMMENT ON TABLE search_version IS 'By which rules the words in video_search were cut.';
COMMENT ON COLUMN search_version.one IS 'Always true: there is one row.';
COMMENT ON COLUMN search_version.version IS 'The version of the rules. Where it is not the one of the program, the words are cut anew.';

INSERT INTO search_version VALUES (true, 0);

-- For searches that are a whole filename. A B-tree holds no values above 2,704 bytes.
CREATE INDEX videos_whole_filename ON videos USING hash (filename);

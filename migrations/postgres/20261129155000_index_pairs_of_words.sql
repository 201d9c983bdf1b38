-- Phrases are looked up by pairs of neighbouring words, so that not every row with all of their words has to
-- be read. And words that only begin as a word of a search does are looked up apart from that word itself,
-- whose many places need not be collected then.

-- For a million videos, this takes some minutes.
SET LOCAL maintenance_work_mem = '256MB';

DROP INDEX video_search_tokens;
DROP FUNCTION search_tokens_1;

-- An index has what a function returned: one that returns something else needs another name.
CREATE FUNCTION search_tokens_2(filename text, anywhere text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_to_tsvector(
    array_remove(string_to_array(ltrim(regexp_replace(
        replace(rtrim(replace(replace(filename, ' |', ''), ' /', '')), ' ', ' f')
            || replace(rtrim(replace(replace(anywhere, ' |', ''), ' /', '')), ' ', ' p'),
        '([^ ]{101})[^ ]+', '\1', 'g')), ' '), '')
    || ARRAY(
        SELECT 'q' || left(word, 2) || ' ' || left(next, 2)
        FROM unnest(string_to_array(trim(anywhere), ' '), (string_to_array(trim(anywhere), ' '))[2:])
            AS words (word, next)
        WHERE next IS NOT NULL)
    || ARRAY(
        SELECT 'g' || left(left(word, -1), 100)
        FROM unnest(string_to_array(filename, ' ')) AS words (word)
        WHERE length(word) > 1)
    || ARRAY(
        SELECT 'l' || left(left(word, -1), 100)
        FROM unnest(string_to_array(
            CASE WHEN right(anywhere, length(filename)) = filename
                THEN left(anywhere, -length(filename)) ELSE anywhere END, ' ')) AS words (word)
        WHERE length(word) > 1)
);
COMMENT ON FUNCTION search_tokens_2 IS 'The words of a video, marked with f for the filename and with p for anywhere, and cut to 100 characters; with g or, if they are not in the filename, l, without their last character, so that the words longer than another one begin with that; and with q, the first two characters of every two words that follow one another.';

CREATE INDEX video_search_tokens ON video_search USING gin (search_tokens_2(filename, anywhere))
    WITH (fastupdate = on, gin_pending_list_limit = 1024);

-- Indexes for orders by text. A B-tree holds no rows above 2,704 bytes, and texts have up to 4,096: each
-- order has an index for the texts that it can hold, and another one for the few that are longer, which are
-- sorted when they are read.

CREATE INDEX videos_path_order ON videos (path, id) WHERE octet_length(path) <= 2000;
CREATE INDEX videos_long_paths ON videos (id) WHERE octet_length(path) > 2000;
CREATE INDEX videos_filename ON videos (filename, id) WHERE octet_length(filename) <= 2000;
CREATE INDEX videos_long_filenames ON videos (id) WHERE octet_length(filename) > 2000;
CREATE INDEX videos_filename_key ON videos (filename_key, filename, id)
    WHERE octet_length(filename_key) + octet_length(filename) <= 2000;
CREATE INDEX videos_long_filename_keys ON videos (id)
    WHERE octet_length(filename_key) + octet_length(filename) > 2000;
CREATE INDEX videos_video_codec ON videos (video_codec, id) WHERE octet_length(video_codec) <= 2000;
CREATE INDEX videos_long_video_codecs ON videos (id) WHERE octet_length(video_codec) > 2000;
CREATE INDEX videos_audio_codec ON videos (coalesce(audio_codec, ''), id)
    WHERE octet_length(coalesce(audio_codec, '')) <= 2000;
CREATE INDEX videos_long_audio_codecs ON videos (id)
    WHERE octet_length(coalesce(audio_codec, '')) > 2000;

-- Without them, a third of all texts is taken to be long.
CREATE STATISTICS videos_path_length ON (octet_length(path)) FROM videos;
CREATE STATISTICS videos_filename_length ON (octet_length(filename)) FROM videos;
CREATE STATISTICS videos_filename_key_length
    ON (octet_length(filename_key) + octet_length(filename)) FROM videos;
CREATE STATISTICS videos_video_codec_length ON (octet_length(video_codec)) FROM videos;
CREATE STATISTICS videos_audio_codec_length ON (octet_length(coalesce(audio_codec, ''))) FROM videos;

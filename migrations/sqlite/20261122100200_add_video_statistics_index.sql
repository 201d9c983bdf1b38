-- All that statistics are made of, in an order in which videos that count alike stand together: with
-- a filter on these columns they come from this index alone, without the table and without sorting.
CREATE INDEX videos_statistics ON videos (
    video_codec, audio_codec, width, height, frame_rate_numerator, frame_rate_denominator, file_size,
    duration_frames
);

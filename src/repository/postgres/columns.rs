//! The columns of the tables: their names, their types, and where they stand in the rows that are read.

use crate::repository::sql::{columns, video_columns};

columns! {
    /// The columns of a video.
    VideoColumn of "videos":
    read {
        Id = "id" "uuid",
        Path = "path" "text",
        Filename = "filename" "text",
        DurationFrames = "duration_frames" "bigint",
        FrameRateNumerator = "frame_rate_numerator" "int",
        FrameRateDenominator = "frame_rate_denominator" "int",
        Width = "width" "int",
        Height = "height" "int",
        VideoCodec = "video_codec" "text",
        AudioCodec = "audio_codec" "text",
        FileSize = "file_size" "bigint",
        ThumbnailPath = "thumbnail_path" "text",
        File = "file" "text",
        CreatedAt = "created_at" "bigint",
        UpdatedAt = "updated_at" "bigint",
        Version = "version" "int",
    }
    written {
        FilenameKey = "filename_key" "text",
        MissingSince = "missing_since" "bigint",
        FileModifiedAt = "file_modified_at" "bigint",
        Fingerprint = "fingerprint" "text",
    }
    computed {
        DurationSeconds = "duration_seconds" "double precision",
        AudioCodecKey = "coalesce(audio_codec, '')" "text",
        Pixels = "(width::bigint * height)" "bigint",
        FramesPerSecond =
            "(frame_rate_numerator::double precision / frame_rate_denominator)" "double precision",
    }
}

video_columns!(VideoColumn);

columns! {
    /// The columns of an entry of the log.
    EntryColumn of "audit_log":
    read {
        Sequence = "sequence" "bigint",
        EntityId = "entity_id" "uuid",
        Version = "version" "int",
        Operation = "operation" "text",
        Timestamp = "timestamp" "bigint",
        OldValues = "old_values" "text",
        NewValues = "new_values" "text",
        Actor = "actor" "text",
        RequestId = "request_id" "text",
        WriteEnd = "write_end" "bigint",
    }
    written {}
    computed {}
}

columns! {
    /// The columns of a request.
    RequestColumn of "audit_requests":
    read {
        FirstSequence = "first_sequence" "bigint",
        LastSequence = "last_sequence" "bigint",
        StartedAt = "started_at" "bigint",
        EndedAt = "ended_at" "bigint",
        Inserted = "inserted" "bigint",
        Updated = "updated" "bigint",
        Deleted = "deleted" "bigint",
    }
    written {
        RequestId = "request_id" "text",
        Actor = "actor" "text",
        InsertedFields = "inserted_fields" "bigint",
        UpdatedFields = "updated_fields" "bigint",
        DeletedFields = "deleted_fields" "bigint",
    }
    computed {}
}

columns! {
    /// The columns that have what the videos of a kind have in common.
    KindKey of "video_kinds":
    read {
        VideoCodec = "video_codec" "text",
        AudioCodec = "audio_codec" "text",
        Width = "width" "int",
        Height = "height" "int",
        FrameRateNumerator = "frame_rate_numerator" "int",
        FrameRateDenominator = "frame_rate_denominator" "int",
    }
    written {}
    computed {}
}

columns! {
    /// The columns that have what the videos of a kind come to.
    KindSum of "video_kinds":
    read {
        Videos = "videos" "bigint",
        Frames = "frames" "numeric",
        FileSize = "file_size" "numeric",
    }
    written {}
    computed {}
}

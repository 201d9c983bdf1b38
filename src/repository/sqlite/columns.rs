//! The columns of the tables: their names, their types, and where they stand in the rows that are read.
//!
//! A test compares all of them with the tables themselves.

use crate::repository::sql::{columns, video_columns};

columns! {
    /// The columns of a video.
    VideoColumn of "videos":
    read {
        Id = "id" "BLOB NOT NULL",
        Path = "path" "TEXT NOT NULL",
        Filename = "filename" "TEXT NOT NULL",
        DurationFrames = "duration_frames" "INTEGER NOT NULL",
        FrameRateNumerator = "frame_rate_numerator" "INTEGER NOT NULL",
        FrameRateDenominator = "frame_rate_denominator" "INTEGER NOT NULL",
        Width = "width" "INTEGER NOT NULL",
        Height = "height" "INTEGER NOT NULL",
        VideoCodec = "video_codec" "TEXT NOT NULL",
        AudioCodec = "audio_codec" "TEXT",
        FileSize = "file_size" "INTEGER NOT NULL",
        ThumbnailPath = "thumbnail_path" "TEXT",
        File = "file" "TEXT",
        CreatedAt = "created_at" "INTEGER NOT NULL",
        UpdatedAt = "updated_at" "INTEGER NOT NULL",
        Version = "version" "INTEGER NOT NULL",
    }
    written {
        FilenameKey = "filename_key" "TEXT NOT NULL",
        Position = "position" "INTEGER PRIMARY KEY",
        Kind = "kind" "INTEGER NOT NULL",
        MissingSince = "missing_since" "INTEGER",
        FileModifiedAt = "file_modified_at" "INTEGER",
        Fingerprint = "fingerprint" "TEXT",
    }
    computed {
        DurationSeconds = "duration_seconds" "REAL NOT NULL",
        AudioCodecKey = "audio_codec_key" "TEXT",
        Pixels = "pixels" "INTEGER",
        FramesPerSecond = "frames_per_second" "REAL",
    }
}

video_columns!(VideoColumn);

impl VideoColumn {
    /// Whether it has one of the facts of the file that [`File`](Self::File) has as well, for filters.
    pub(super) fn is_taken_from_facts(self) -> bool {
        matches!(self, Self::MissingSince | Self::FileModifiedAt | Self::Fingerprint)
    }
}

columns! {
    /// The columns of an entry of the log.
    EntryColumn of "audit_log":
    read {
        Sequence = "sequence" "INTEGER PRIMARY KEY",
        EntityId = "entity_id" "BLOB NOT NULL",
        Version = "version" "INTEGER NOT NULL",
        Operation = "operation" "TEXT NOT NULL",
        Timestamp = "timestamp" "INTEGER NOT NULL",
        OldValues = "old_values" "TEXT",
        NewValues = "new_values" "TEXT",
        Actor = "actor" "TEXT",
        RequestId = "request_id" "TEXT",
        WriteEnd = "write_end" "INTEGER",
    }
    written {}
    computed {}
}

columns! {
    /// The columns of a request.
    RequestColumn of "audit_requests":
    read {
        FirstSequence = "first_sequence" "INTEGER PRIMARY KEY",
        LastSequence = "last_sequence" "INTEGER NOT NULL",
        StartedAt = "started_at" "INTEGER NOT NULL",
        EndedAt = "ended_at" "INTEGER NOT NULL",
        Inserted = "inserted" "INTEGER NOT NULL",
        Updated = "updated" "INTEGER NOT NULL",
        Deleted = "deleted" "INTEGER NOT NULL",
    }
    written {
        RequestId = "request_id" "TEXT",
        Actor = "actor" "TEXT",
        InsertedFields = "inserted_fields" "INTEGER NOT NULL",
        UpdatedFields = "updated_fields" "INTEGER NOT NULL",
        DeletedFields = "deleted_fields" "INTEGER NOT NULL",
    }
    computed {}
}

columns! {
    /// The columns that have what the videos of a kind have in common.
    KindKey of "video_kinds":
    read {
        VideoCodec = "video_codec" "TEXT NOT NULL",
        AudioCodec = "audio_codec" "TEXT",
        Width = "width" "INTEGER NOT NULL",
        Height = "height" "INTEGER NOT NULL",
        FrameRateNumerator = "frame_rate_numerator" "INTEGER NOT NULL",
        FrameRateDenominator = "frame_rate_denominator" "INTEGER NOT NULL",
    }
    written {}
    computed {}
}

columns! {
    /// The columns that have what the videos of a kind come to.
    KindSum of "video_kinds":
    read {
        Videos = "videos" "INTEGER NOT NULL",
        FramesHigh = "frames_high" "INTEGER NOT NULL",
        FramesLow = "frames_low" "INTEGER NOT NULL",
        FileSizeHigh = "file_size_high" "INTEGER NOT NULL",
        FileSizeLow = "file_size_low" "INTEGER NOT NULL",
    }
    written {}
    computed {}
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Row};

    use super::*;
    use crate::repository::sql::Columns;
    use crate::repository::sqlite::migrations;

    /// The columns that a table has after all migrations, in the order of their names.
    fn columns_of(table: &str) -> Vec<(String, String)> {
        let library = Connection::open_in_memory().unwrap();
        assert!(migrations::apply_missing(&library).is_ok());
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let sql = "SELECT
                name,
                type || iif(pk, ' PRIMARY KEY', iif(\"notnull\", ' NOT NULL', ''))
            FROM pragma_table_xinfo(?)
            ORDER BY name";
        let mut statement = library.prepare(sql).unwrap();
        let columns = statement.query_map([table], read).unwrap();
        columns.map(Result::unwrap).collect()
    }

    #[track_caller]
    fn assert_declared(table: &str, declared: &[&[(&str, &str)]]) {
        let mut declared = declared.concat();
        declared.sort_unstable();
        let columns = columns_of(table);
        let columns: Vec<(&str, &str)> =
            columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
        assert_eq!(declared, columns, "{table}");
    }

    #[test]
    fn the_columns_are_those_of_the_tables() {
        assert_declared("videos", &[VideoColumn::DECLARED]);
        assert_declared("audit_log", &[EntryColumn::DECLARED]);
        assert_declared("audit_requests", &[RequestColumn::DECLARED]);
        let number = [("kind", "INTEGER PRIMARY KEY")];
        assert_declared("video_kinds", &[KindKey::DECLARED, KindSum::DECLARED, &number]);
    }

    #[test]
    fn a_kind_has_columns_of_its_videos() {
        for column in KindKey::DECLARED {
            assert!(VideoColumn::DECLARED.contains(column), "{column:?}");
        }
    }

    #[test]
    fn statements_list_the_columns_in_the_order_in_which_they_are_read() {
        let selected = |number: usize| VideoColumn::SELECTED.split(", ").nth(number).unwrap();
        assert_eq!(selected(VideoColumn::Id as usize), "videos.id");
        assert_eq!(selected(VideoColumn::Version as usize), "videos.version");
        assert_eq!(VideoColumn::SELECTED.split(", ").count(), VideoColumn::READ);
        assert_eq!(
            KindSum::INSERT,
            "INSERT INTO video_kinds (videos, frames_high, frames_low, file_size_high, \
             file_size_low) VALUES (?, ?, ?, ?, ?)"
        );
        assert_eq!(KindSum::ANOTHER, ", (?, ?, ?, ?, ?)");
    }
}

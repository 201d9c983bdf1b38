//! What the changes of a request come to, as every store with a table of requests keeps it.

use std::collections::HashMap;

use crate::domain::audit_request::{RequestChanges, RequestSummary};
use crate::domain::{AuditEntry, VideoField};

/// Sets of fields: for each operation, in the order of
/// [`AuditOperation::ALL`](crate::domain::AuditOperation::ALL), those that at least
/// one change had, as the sum of their [bits](bit_of).
pub(in crate::repository) type FieldSets = [i64; 3];

/// The bit of a field in sets of fields. Libraries store them: a new field gets the next one.
fn bit_of(field: VideoField) -> i64 {
    1 << match field {
        VideoField::Path => 0,
        VideoField::Filename => 1,
        VideoField::DurationFrames => 2,
        VideoField::FrameRate => 3,
        VideoField::Width => 4,
        VideoField::Height => 5,
        VideoField::VideoCodec => 6,
        VideoField::AudioCodec => 7,
        VideoField::FileSize => 8,
        VideoField::ThumbnailPath => 9,
        VideoField::CreatedAt => 10,
        VideoField::UpdatedAt => 11,
        VideoField::MissingSince => 12,
        VideoField::FileModifiedAt => 13,
        VideoField::Fingerprint => 14,
        VideoField::Container => 15,
        VideoField::BitRate => 16,
        VideoField::Rotation => 17,
        VideoField::PixelAspectRatio => 18,
        VideoField::HasVariableFrameRate => 19,
        VideoField::Streams => 20,
        VideoField::Chapters => 21,
    }
}

/// The set of these fields.
pub(in crate::repository) fn set_of(fields: impl IntoIterator<Item = VideoField>) -> i64 {
    fields.into_iter().fold(0, |set, field| set | bit_of(field))
}

/// What the changes of a request come to.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::repository) struct RequestSums {
    pub(in crate::repository) summary: RequestSummary,
    pub(in crate::repository) fields: FieldSets,
}

impl RequestSums {
    /// Those of a request that starts with this change.
    pub(in crate::repository) fn starting_with(entry: &AuditEntry) -> Self {
        let summary = RequestSummary::starting_with(entry);
        let mut sums = Self { summary, fields: FieldSets::default() };
        sums.add_fields(entry);
        sums
    }

    /// Adds a later change.
    pub(in crate::repository) fn add(&mut self, entry: &AuditEntry) {
        self.summary.add(entry);
        self.add_fields(entry);
    }

    /// Those of a request.
    pub(in crate::repository) fn of(request: &RequestChanges<'_>) -> Self {
        let mut sums = Self { summary: request.summary.clone(), fields: FieldSets::default() };
        request.entries.iter().for_each(|entry| sums.add_fields(entry));
        sums
    }

    fn add_fields(&mut self, entry: &AuditEntry) {
        let fields = entry.changes.iter().map(|change| change.field);
        self.fields[entry.operation as usize] |= set_of(fields);
    }
}

/// A request as its row has it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::repository) struct RequestRow {
    pub(in crate::repository) sums: RequestSums,
    pub(in crate::repository) request_id: Option<String>,
    pub(in crate::repository) actor: Option<String>,
}

impl RequestRow {
    /// What these changes add to their request.
    pub(in crate::repository) fn of(request: &RequestChanges<'_>) -> Self {
        let first = request.entries[0];
        Self {
            sums: RequestSums::of(request),
            request_id: first.request_id.clone(),
            actor: first.actor.clone(),
        }
    }

    /// The request that starts with this change.
    pub(in crate::repository) fn starting_with(entry: &AuditEntry) -> Self {
        Self {
            sums: RequestSums::starting_with(entry),
            request_id: entry.request_id.clone(),
            actor: entry.actor.clone(),
        }
    }

    /// The fault of a library that has other sums of it.
    pub(in crate::repository) fn fault(&self) -> String {
        let first = self.sums.summary.first_sequence;
        format!(
            "the sums of the request that starts with entry {first} of the log do not match its \
             changes"
        )
    }
}

/// The requests of a log whose entries come by request ID, and with one ID in the order of the log. Only the
/// requests with one ID are in memory at a time.
#[derive(Default)]
pub(in crate::repository) struct RequestsById {
    request_id: Option<String>,
    newest_by_actor: HashMap<Option<String>, RequestRow>,
}

impl RequestsById {
    /// Follows the next entry, and returns the requests that have ended before it.
    pub(in crate::repository) fn follow(&mut self, entry: AuditEntry) -> Vec<RequestRow> {
        let mut ended = Vec::new();
        if self.request_id != entry.request_id {
            ended.extend(self.newest_by_actor.drain().map(|(_, request)| request));
            self.request_id.clone_from(&entry.request_id);
        }
        match self.newest_by_actor.get_mut(&entry.actor) {
            Some(RequestRow { sums, .. })
                if entry.request_id.is_some() && sums.summary.goes_on_at(entry.timestamp) =>
            {
                sums.add(&entry);
            }
            _ => {
                let started = RequestRow::starting_with(&entry);
                ended.extend(self.newest_by_actor.insert(entry.actor, started));
            }
        }
        ended
    }

    /// The requests that are still there after the last entry.
    pub(in crate::repository) fn into_rest(self) -> impl Iterator<Item = RequestRow> {
        self.newest_by_actor.into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stay_as_libraries_have_them() {
        let bits = VideoField::ALL.map(|field| (field.name(), bit_of(field)));
        let expected = [
            ("path", 1),
            ("filename", 2),
            ("durationFrames", 4),
            ("frameRate", 8),
            ("width", 16),
            ("height", 32),
            ("videoCodec", 64),
            ("audioCodec", 128),
            ("fileSize", 256),
            ("thumbnailPath", 512),
            ("createdAt", 1024),
            ("updatedAt", 2048),
            ("missingSince", 4_096),
            ("fileModifiedAt", 8_192),
            ("fingerprint", 16_384),
            ("container", 32_768),
            ("bitRate", 65_536),
            ("rotation", 131_072),
            ("pixelAspectRatio", 262_144),
            ("hasVariableFrameRate", 524_288),
            ("streams", 1_048_576),
            ("chapters", 2_097_152),
        ];
        assert_eq!(bits, expected);
    }

    #[test]
    fn no_two_fields_have_one_bit() {
        let every = set_of(VideoField::ALL);
        assert_eq!(every.count_ones() as usize, VideoField::ALL.len());
    }
}

//! What stands for a plan, from its dry run until it is carried out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::domain::VideoValues;
use crate::repository::{Becomes, PlannedChange};

/// A digest of what would be done: it is the same only if the same would be done to the same versions of the same
/// videos, in whichever order they are named.
pub struct PlanDigest(Sha256);

impl PlanDigest {
    /// The digest for a mutation with this name, which does nothing so far.
    pub fn of(mutation: &str) -> Self {
        Self(Sha256::new()).with(mutation.as_bytes())
    }

    /// The digest with something more that decides what is done.
    #[must_use]
    pub fn with(mut self, part: &[u8]) -> Self {
        self.add(Some(part));
        self
    }

    /// The digest with these changes.
    #[must_use]
    pub fn with_changes(mut self, changes: &[PlannedChange]) -> Self {
        let mut changes: Vec<_> = changes.iter().collect();
        changes.sort_unstable_by_key(|change| change.id);
        for PlannedChange { id, version, becomes } in changes {
            self.0.update(id.as_bytes());
            self.0.update(version.to_be_bytes());
            match becomes {
                Becomes::Deleted => self.0.update([0]),
                Becomes::Values(values) => {
                    self.0.update([1]);
                    self.add_values(values);
                }
                Becomes::Restored { values, created_at } => {
                    self.0.update([2]);
                    self.add_values(values);
                    self.0.update(created_at.as_micros().to_be_bytes());
                }
            }
        }
        self
    }

    /// The digest as text that fits into a URL.
    pub fn into_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.finalize())
    }

    fn add_values(&mut self, values: &VideoValues) {
        let VideoValues {
            path,
            filename,
            duration_frames,
            frame_rate,
            width,
            height,
            video_codec,
            audio_codec,
            file_size,
            thumbnail_path,
            file,
        } = values;
        let texts = [Some(path), Some(filename), Some(video_codec)].into_iter();
        for text in texts.chain([audio_codec.as_ref(), thumbnail_path.as_ref()]) {
            self.add(text.map(|text| text.as_str().as_bytes()));
        }
        for number in [
            duration_frames.get(),
            file_size.get(),
            width.get().into(),
            height.get().into(),
            frame_rate.numerator().into(),
            frame_rate.denominator().into(),
        ] {
            self.0.update(number.to_be_bytes());
        }
        self.add(file.as_ref().map(|facts| facts.as_str().as_bytes()));
    }

    /// Adds bytes behind their number, so that those of one part cannot be those of the next.
    fn add(&mut self, part: Option<&[u8]>) {
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        self.0.update(length.to_be_bytes());
        self.0.update(part.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples::{facts, video};
    use crate::domain::{Dimension, FrameRate, Quantity, Text, Timestamp, Video, VideoId};

    fn text(text: &str) -> Text {
        Text::new(text).unwrap()
    }

    fn digest(changes: &[PlannedChange]) -> String {
        PlanDigest::of("updateVideos").with_changes(changes).into_text()
    }

    fn becoming(becomes: Becomes) -> PlannedChange {
        PlannedChange { id: video().id, version: 1, becomes }
    }

    #[test]
    fn every_value_that_a_video_gets_counts() {
        let changes: &[fn(&mut VideoValues)] = &[
            |_| {},
            |values| values.path = text("/other"),
            |values| values.filename = text("other"),
            |values| values.duration_frames = Quantity::new(77).unwrap(),
            |values| values.frame_rate = FrameRate::new(60, 1).unwrap(),
            |values| values.frame_rate = FrameRate::new(60, 2).unwrap(),
            |values| values.width = Dimension::new(7).unwrap(),
            |values| values.height = Dimension::new(7).unwrap(),
            |values| values.video_codec = text("other"),
            |values| values.audio_codec = Some(text("other")),
            |values| values.audio_codec = None,
            |values| values.file_size = Quantity::new(77).unwrap(),
            |values| values.thumbnail_path = Some(text("other")),
            |values| values.file = facts().pack().unwrap(),
            // What one field ends with is not what the next one begins with.
            |values| (values.path, values.filename) = (text("ab"), text("c")),
            |values| (values.path, values.filename) = (text("a"), text("bc")),
        ];
        let mut seen = Vec::new();
        for change in changes {
            let mut values = video().values;
            change(&mut values);
            let created_at = Timestamp::MIN;
            let values = Box::new(values);
            let restored = Becomes::Restored { values: values.clone(), created_at };
            for becomes in [restored, Becomes::Values(values)] {
                seen.push(digest(&[becoming(becomes)]));
            }
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }

    #[test]
    fn what_is_done_to_which_version_of_which_video_counts() {
        let Video { id, .. } = video();
        let other = VideoId::from_bytes([9; 16]);
        let deletion = PlannedChange::deletion;
        let plans: &[&[PlannedChange]] = &[
            &[],
            &[deletion(id, 1)],
            &[deletion(id, 2)],
            &[deletion(other, 1)],
            &[deletion(id, 1), deletion(other, 1)],
        ];
        let digests: Vec<_> = plans.iter().map(|changes| digest(changes)).collect();
        for (index, one) in digests.iter().enumerate() {
            assert!(!digests[..index].contains(one), "{index}");
        }
        assert_eq!(digest(plans[4]), digest(&[deletion(other, 1), deletion(id, 1)]));
        let with = |name, part: &[u8]| PlanDigest::of(name).with(part).into_text();
        assert_ne!(with("a", b"b"), with("ab", b""));
        assert_ne!(with("a", b"b"), with("b", b"b"));
    }
}

//! What scans find in files, as the API shows it.

use async_graphql::{Description, Enum, Object, SimpleObject};

use crate::domain::file;
use crate::graphql::execution::direct::direct;

direct!(
    /// An exact ratio, e.g. 16/11.
    #[derive(SimpleObject)]
    pub struct AspectRatio {
        /// The width.
        numerator: i32,
        /// The height.
        denominator: i32,
    }
);

impl From<file::AspectRatio> for AspectRatio {
    fn from(ratio: file::AspectRatio) -> Self {
        Self { numerator: ratio.numerator(), denominator: ratio.denominator() }
    }
}

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "file::MediaStreamKind")]
    pub enum MediaStreamKind {
        /// Pictures.
        Video,
        /// Sound.
        Audio,
        /// Subtitles, as text or as pictures.
        Subtitle,
    }
);

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "file::DynamicRange")]
    pub enum DynamicRange {
        /// Standard dynamic range.
        Sdr,
        /// SMPTE ST 2084.
        Hdr10,
        /// ARIB STD-B67.
        Hlg,
        /// Dolby Vision.
        DolbyVision,
        /// The file does not state it.
        Unknown,
    }
);

/// A stream of a file.
#[derive(Description)]
pub struct MediaStream<'a>(pub &'a file::MediaStream);

direct!(
    #[Object(use_type_description)]
    impl MediaStream<'_> {
        /// Number of the stream in the file, from 0.
        fn index(&self) -> i32 {
            self.0.index.into()
        }

        /// Kind of the stream.
        fn kind(&self) -> MediaStreamKind {
            self.0.kind.into()
        }

        /// E.g. `aac`, `subrip`, `hdmv_pgs_subtitle`.
        fn codec(&self) -> &str {
            &self.0.codec
        }

        /// Profile of the codec, e.g. `High`.
        fn profile(&self) -> Option<&str> {
            self.0.profile.as_deref()
        }

        /// As the file states it, e.g. `eng`; null for none and for `und`.
        fn language(&self) -> Option<&str> {
            self.0.language.as_deref()
        }

        /// As the file states it.
        fn title(&self) -> Option<&str> {
            self.0.title.as_deref()
        }

        /// Whether players choose it by default.
        fn is_default(&self) -> bool {
            self.0.is_default
        }

        /// Whether players show it although nobody chose it.
        fn is_forced(&self) -> bool {
            self.0.is_forced
        }

        /// Whether it also describes sounds.
        fn is_for_hearing_impaired(&self) -> bool {
            self.0.is_for_hearing_impaired
        }

        /// Whether it is a commentary.
        fn is_commentary(&self) -> bool {
            self.0.is_commentary
        }

        /// Audio only.
        fn channels(&self) -> Option<i32> {
            self.0.channels
        }

        /// Audio only, Hz.
        fn sample_rate(&self) -> Option<i32> {
            self.0.sample_rate
        }

        /// Video only, pixels.
        fn width(&self) -> Option<i32> {
            self.0.width
        }

        /// Video only, pixels.
        fn height(&self) -> Option<i32> {
            self.0.height
        }

        /// Video only, bits per colour component.
        fn bit_depth(&self) -> Option<i32> {
            self.0.bit_depth
        }

        /// Video only.
        fn dynamic_range(&self) -> Option<DynamicRange> {
            self.0.dynamic_range.map(Into::into)
        }
    }
);

direct!(
    /// A part of a video with a beginning, an end, and usually a title.
    #[derive(SimpleObject)]
    pub struct Chapter<'a> {
        /// Seconds from the beginning of the video.
        start_seconds: f64,
        /// Seconds from the beginning of the video.
        end_seconds: f64,
        /// Title, if the file has one.
        title: Option<&'a str>,
    }
);

impl<'a> From<&'a file::Chapter> for Chapter<'a> {
    fn from(chapter: &'a file::Chapter) -> Self {
        Self {
            start_seconds: chapter.start.seconds(),
            end_seconds: chapter.end.seconds(),
            title: chapter.title.as_deref(),
        }
    }
}

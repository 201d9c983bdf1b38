//! From what ffprobe reports to the values of a video.

use super::report::{Decimal, Ratio, Report, ReportedChapter, Stream};
use crate::domain::file::{
    AspectRatio, Chapter, DynamicRange, FileFacts, MediaStream, MediaStreamKind, MediaTime,
    Rotation,
};
use crate::domain::frame_rate::FrameRate;
use crate::domain::scalars::{Dimension, Quantity, Text};

/// Why a file is no video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoVideo {
    /// It has none of the formats that are catalogued, or is damaged.
    NotReadable,
    /// It has sound, subtitles or a cover, and no moving picture.
    NoVideoStream,
    /// Nothing says how long it is.
    NoDuration,
}

/// What a file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// In frames.
    pub duration_frames: Quantity,
    /// Frames per second; the average if it varies.
    pub frame_rate: FrameRate,
    /// In pixels, before players turn the picture.
    pub width: Dimension,
    /// In pixels, before players turn the picture.
    pub height: Dimension,
    /// E.g. `h264`.
    pub video_codec: Text,
    /// That of the first audio stream that players choose; none if there is none.
    pub audio_codec: Option<Text>,
    /// All of the facts but those that the disk knows.
    pub facts: FileFacts,
}

impl Probed {
    /// What a report says. `extension` is that of the file, in lower case; `end` is where the last picture
    /// of its main video ends, in microseconds, for a file that does not say how long it is.
    ///
    /// # Errors
    /// When the file is no video.
    pub fn of(report: &Report, extension: &str, end: Option<i64>) -> Result<Self, NoVideo> {
        let video = main_video(report)?;
        let (Some(width), Some(height)) = (dimension(video.width), dimension(video.height)) else {
            return Err(NoVideo::NotReadable);
        };
        let to_end = end.map(|end| end.saturating_sub(start_of(video))).filter(|it| *it > 0);
        let duration = duration_of(video, report).or(to_end);
        let duration = duration.ok_or(NoVideo::NoDuration)?;
        let rate = rate_of(video).ok_or(NoVideo::NoDuration)?;
        let frames = frames_of(video, rate, duration).ok_or(NoVideo::NoDuration)?;
        let audio = main_audio(report).map(codec_of);
        Ok(Self {
            duration_frames: frames,
            frame_rate: rate,
            width,
            height,
            video_codec: Text::new(&codec_of(video)).map_err(|_| NoVideo::NotReadable)?,
            audio_codec: audio.and_then(|codec| Text::new(&codec).ok()),
            facts: facts_of(report, video, extension),
        })
    }

    /// The main video of a report that lacks its duration, so that its end has to be looked for: the index
    /// of its stream.
    pub fn video_without_end(report: &Report) -> Option<u16> {
        let video = main_video(report).ok()?;
        duration_of(video, report).is_none().then_some(video.index)
    }
}

/// The picture that players show: the first that the file recommends, else the first.
fn main_video(report: &Report) -> Result<&Stream, NoVideo> {
    if report.streams.is_empty() {
        return Err(NoVideo::NotReadable);
    }
    let moving = || {
        let videos = report.streams.iter().filter(|stream| stream.codec_type == "video");
        videos.filter(|stream| !stream.is("attached_pic") && !stream.is("still_image"))
    };
    let recommended = moving().find(|stream| stream.is("default"));
    recommended.or_else(|| moving().next()).ok_or(NoVideo::NoVideoStream)
}

fn main_audio(report: &Report) -> Option<&Stream> {
    let audio = || report.streams.iter().filter(|stream| stream.codec_type == "audio");
    audio().find(|stream| stream.is("default")).or_else(|| audio().next())
}

fn dimension(pixels: Option<i32>) -> Option<Dimension> {
    Dimension::new(pixels?).ok()
}

/// The name of a codec; the tag of one that ffprobe does not know.
fn codec_of(stream: &Stream) -> String {
    let tag = stream.codec_tag_string.as_deref().filter(|tag| !tag.contains('['));
    let name = stream.codec_name.as_deref().filter(|name| *name != "unknown").or(tag);
    limited(name.unwrap_or("unknown")).unwrap_or_else(|| "unknown".to_owned())
}

/// In microseconds: what the stream says, else its tag, else the whole file, which may have longer sound.
fn duration_of(video: &Stream, report: &Report) -> Option<i64> {
    let whole = positive(report.format.duration);
    let start = start_of(video);
    let tagged = || {
        let end = video.tag("DURATION").and_then(clock)?;
        // Tags can be of an earlier version of the file.
        let is_believable = whole.is_none_or(|whole| end <= whole + whole / 100 + 1_000_000);
        Some(end - start).filter(|it| is_believable && *it > 0)
    };
    positive(video.duration).or_else(tagged).or(whole)
}

fn start_of(video: &Stream) -> i64 {
    positive(video.start_time).unwrap_or(0)
}

fn positive(time: Option<Decimal>) -> Option<i64> {
    time.map(|Decimal(it)| it).filter(|it| *it > 0)
}

/// `HH:MM:SS.fffffffff` in microseconds.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hours, minutes) = (parts.next()?, parts.next()?);
    let (seconds, fraction) = parts.next()?.split_once('.')?;
    let [hours, minutes, seconds]: [i64; 3] =
        [hours.parse().ok()?, minutes.parse().ok()?, seconds.parse().ok()?];
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    minutes.checked_mul(60)?.checked_add(seconds)?.checked_mul(1_000_000)?.checked_add(micros)
}

/// The average rate, which is exact where frames are counted; else the nominal one if both are close.
fn rate_of(video: &Stream) -> Option<FrameRate> {
    const HIGHEST: f64 = 1000.0;
    let known = |ratio: Option<Ratio>| ratio.filter(|ratio| fps(*ratio) <= HIGHEST);
    let rate = match (known(video.avg_frame_rate), known(video.r_frame_rate)) {
        (Some(average), Some(nominal))
            if video.nb_frames.is_none() && are_close(average, nominal) =>
        {
            nominal
        }
        (average, nominal) => average.or(nominal)?,
    };
    FrameRate::new(rate.numerator, rate.denominator).ok()
}

fn fps(Ratio { numerator, denominator }: Ratio) -> f64 {
    f64::from(numerator) / f64::from(denominator)
}

fn are_close(one: Ratio, other: Ratio) -> bool {
    (fps(one) / fps(other) - 1.0).abs() <= 0.02
}

/// The frames that the file counts, if they last about as long as the video does: an edit list can leave
/// some out.
fn frames_of(video: &Stream, rate: FrameRate, micros: i64) -> Option<Quantity> {
    let (numerator, denominator) = (i128::from(rate.numerator()), i128::from(rate.denominator()));
    let unit = 1_000_000 * denominator;
    let lasting = (i128::from(micros) * numerator + unit / 2) / unit;
    let counted = video.nb_frames.as_ref().and_then(|text| text.parse::<i128>().ok());
    let frames = counted.filter(|counted| (counted - lasting).abs() <= 1).unwrap_or(lasting);
    Quantity::new(i64::try_from(frames).ok()?).ok()
}

fn facts_of(report: &Report, video: &Stream, extension: &str) -> FileFacts {
    let streams = report.streams.iter().filter_map(stream_of).take(FileFacts::MAX_STREAMS);
    let chapters = report.chapters.iter().filter_map(chapter_of).take(FileFacts::MAX_CHAPTERS);
    let bit_rate = report.format.bit_rate.as_ref().and_then(|rate| rate.parse().ok());
    FileFacts {
        container: container_of(&report.format.format_name, extension),
        bit_rate: bit_rate.and_then(|rate| Quantity::new(rate).ok()),
        rotation: Some(rotation_of(video)),
        pixel_aspect_ratio: video
            .sample_aspect_ratio
            .and_then(|ratio| AspectRatio::new(ratio.numerator, ratio.denominator).ok()),
        has_variable_frame_rate: varies(video),
        streams: streams.collect(),
        chapters: chapters.collect(),
        ..FileFacts::default()
    }
}

/// One name of those of a family of formats, such as `mov,mp4,m4a`: the one of the extension, else the
/// first.
fn container_of(names: &str, extension: &str) -> Option<Text> {
    let wanted = match extension {
        "m4v" => "mp4",
        "qt" => "mov",
        other => other,
    };
    let named = names.split(',').find(|name| *name == wanted);
    Text::new(named.or_else(|| names.split(',').next())?).ok()
}

/// Clockwise; the display matrix is counter-clockwise, the tag of older files is not.
fn rotation_of(video: &Stream) -> Rotation {
    let matrix = video.side_data_list.iter().find_map(|data| data.rotation).map(|it| -it);
    let tag = || video.tag("rotate").and_then(|text| text.parse().ok());
    let degrees = matrix.or_else(tag).filter(|it: &f64| it.is_finite()).unwrap_or(0.0);
    let quarters = (degrees / 90.0).round().rem_euclid(4.0);
    let degrees = [0, 90, 180, 270].into_iter().find(|it| f64::from(*it) == quarters * 90.0);
    Rotation::new(degrees.unwrap_or(0)).expect("a quarter turn is a rotation")
}

/// Whether the rate varies: only a file that counts its frames shows it.
fn varies(video: &Stream) -> Option<bool> {
    video.nb_frames.as_ref()?;
    Some(!are_close(video.avg_frame_rate?, video.r_frame_rate?))
}

fn stream_of(stream: &Stream) -> Option<MediaStream> {
    let kind = match stream.codec_type.as_str() {
        "video" if stream.is("attached_pic") => return None,
        "video" => MediaStreamKind::Video,
        "audio" => MediaStreamKind::Audio,
        "subtitle" => MediaStreamKind::Subtitle,
        _ => return None,
    };
    let of_video =
        |number: Option<i32>| number.filter(|it| *it > 0 && kind == MediaStreamKind::Video);
    let of_audio =
        |number: Option<i32>| number.filter(|it| *it > 0 && kind == MediaStreamKind::Audio);
    let text = |text: Option<&str>| text.and_then(limited);
    Some(MediaStream {
        index: stream.index,
        kind,
        codec: codec_of(stream),
        profile: text(stream.profile.as_deref().filter(|it| *it != "unknown")),
        language: text(stream.tag("language").filter(|it| *it != "und")),
        title: text(stream.tag("title")),
        is_default: stream.is("default"),
        is_forced: stream.is("forced"),
        is_for_hearing_impaired: stream.is("hearing_impaired"),
        is_commentary: stream.is("comment"),
        channels: of_audio(stream.channels),
        sample_rate: of_audio(stream.sample_rate.as_ref().and_then(|rate| rate.parse().ok())),
        width: of_video(stream.width),
        height: of_video(stream.height),
        bit_depth: of_video(bit_depth_of(stream)),
        dynamic_range: (kind == MediaStreamKind::Video).then(|| dynamic_range_of(stream)),
    })
}

/// A text of a file, cut to what is kept of it.
fn limited(text: &str) -> Option<String> {
    let clean: String = text.chars().filter(|it| *it != '\0').collect();
    let mut end = clean.len().min(FileFacts::MAX_TEXT_BYTES);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    let kept = clean[..end].trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// By the raw samples, or by the format of pixels: `yuv420p10le` has 10.
fn bit_depth_of(stream: &Stream) -> Option<i32> {
    let raw = stream.bits_per_raw_sample.as_ref().and_then(|bits| bits.parse().ok());
    let format = stream.pix_fmt.as_deref()?.trim_end_matches("le").trim_end_matches("be");
    let digits = format.rsplit('p').next().filter(|it| format.contains('p') && !it.is_empty());
    let by_format = || digits.and_then(|digits| digits.parse().ok()).or(Some(8));
    raw.filter(|bits| *bits > 0).or_else(by_format)
}

fn dynamic_range_of(stream: &Stream) -> DynamicRange {
    if stream.side_data_list.iter().any(|data| data.side_data_type.starts_with("DOVI")) {
        return DynamicRange::DolbyVision;
    }
    match stream.color_transfer.as_deref() {
        Some("smpte2084") => DynamicRange::Hdr10,
        Some("arib-std-b67") => DynamicRange::Hlg,
        Some("unknown" | "reserved") | None => DynamicRange::Unknown,
        Some(_) => DynamicRange::Sdr,
    }
}

fn chapter_of(chapter: &ReportedChapter) -> Option<Chapter> {
    let time = |it: Option<Decimal>| MediaTime::from_micros(u64::try_from(it?.0).ok()?).ok();
    let (start, end) = (time(chapter.start_time)?, time(chapter.end_time)?);
    let title = chapter.tags.get("title").and_then(|title| limited(title));
    (start <= end).then_some(Chapter { start, end, title })
}

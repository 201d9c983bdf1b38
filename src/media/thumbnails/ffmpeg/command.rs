//! What ffmpeg is asked.

use std::time::Duration;

use crate::catalogue::program::input;
use crate::media::thumbnails::picture::Picture;
use crate::media::thumbnails::wanted::Wanted;

/// Where in a file a picture is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// The key frame before this time, or after it.
    Time(Duration),
    /// The first key frame.
    FirstKeyFrame,
    /// The first frame of any kind, of the first video: in some files no frame is marked as a key frame.
    FirstFrame,
}

impl At {
    /// The places that are tried, in percent of the duration: openings are often dark.
    const PERCENT: [u32; 3] = [10, 30, 50];
    /// What is tried if there is nothing at these places.
    pub(super) const LAST_RESORTS: [Self; 2] = [Self::FirstKeyFrame, Self::FirstFrame];

    /// The places in a video of this duration; none if it is not known.
    pub(super) fn places(duration: Duration) -> impl Iterator<Item = Self> {
        let places = Self::PERCENT.map(|percent| Self::Time(duration / 100 * percent));
        places.into_iter().filter(move |_| !duration.is_zero())
    }
}

/// The arguments for one picture, as JPEG on standard output, and its brightness among the complaints.
pub(super) fn arguments(wanted: &Wanted, at: At) -> Vec<String> {
    // It would take the file on standard input for commands.
    let mut arguments = owned(&["-v", "fatal", "-hide_banner", "-nostdin"]);
    let start;
    let mut options = vec!["-threads", "1", "-noaccurate_seek"];
    match at {
        At::Time(time) => {
            start = format!("{:.3}", time.as_secs_f64());
            options.extend(["-skip_frame", "nokey", "-ss", &start]);
        }
        At::FirstKeyFrame => options.extend(["-skip_frame", "nokey"]),
        At::FirstFrame => {}
    }
    arguments.extend(input(&options));
    let stream = match (wanted.stream, at) {
        (Some(stream), At::Time(_) | At::FirstKeyFrame) => format!("0:{stream}"),
        // The capital letter leaves covers out.
        (None, _) | (_, At::FirstFrame) => "0:V:0".to_owned(),
    };
    arguments.extend(owned(&["-map", &stream, "-an", "-sn", "-dn", "-map_metadata", "-1"]));
    arguments.extend(owned(&["-frames:v", "1", "-filter_threads", "1"]));
    arguments.extend(["-vf".to_owned(), filters(wanted.width.pixels())]);
    arguments.extend(owned(&["-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1"]));
    arguments.extend(owned(&["-c:v", "mjpeg", "-q:v", QUALITY, "-f", "image2pipe", "pipe:1"]));
    arguments
}

/// From 2, the best, to 31.
const QUALITY: &str = "5";

/// What is printed with the brightness, from 0 to 255.
pub(super) const BRIGHTNESS: &str = "lavfi.signalstats.YAVG";

/// ffmpeg has turned the picture by now. It is made no wider than it is shown, with square pixels and the
/// colours of JPEG. Its time would be before the beginning, where frames are dropped.
fn filters(width: u32) -> String {
    let height = Picture::MAX_HEIGHT * width;
    format!(
        "scale=w=max(2\\,2*trunc(min({width}\\,iw*sar)/2)):h=clip(2*round(ow/dar/2)\\,2\\,{height})\
         :out_color_matrix=bt601,setsar=1,setpts=0,format=yuvj420p,signalstats,\
         metadata=mode=print:key={BRIGHTNESS}:file=pipe\\\\:2"
    )
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
}

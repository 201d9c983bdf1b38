//! What ffprobe is asked.

use crate::catalogue::program::input;

/// What is reported. Other tags can have any size.
const ENTRIES: &str = "format=format_name,duration,bit_rate\
:stream=index,codec_type,codec_name,codec_tag_string,profile,width,height,sample_aspect_ratio,pix_fmt,\
bits_per_raw_sample,color_transfer,r_frame_rate,avg_frame_rate,start_time,duration,nb_frames,channels,\
sample_rate\
:stream_disposition:stream_tags=language,title,rotate,DURATION\
:stream_side_data=side_data_type,rotation:chapter=start_time,end_time:chapter_tags=title";

/// The end of the list of packets that [`end`] makes; pictures are not stored in the order of time, so the
/// last one to be shown is among the last ones.
pub(super) const LAST_PACKETS_BYTES: usize = 64 * 1024;

fn ask(question: &[&str]) -> Vec<String> {
    let mut arguments = ["-v", "error", "-hide_banner"].map(str::to_owned).to_vec();
    arguments.extend(input(question));
    arguments
}

/// All that is used of a file.
pub(super) fn report() -> Vec<String> {
    ask(&["-print_format", "json=compact=1", "-show_error", "-show_entries", ENTRIES])
}

/// The times of the packets of a stream, from the last place on that ffprobe finds: `start,duration` in
/// seconds, a line each.
pub(super) fn end(stream: u16) -> Vec<String> {
    ask(&[
        "-print_format",
        "csv=print_section=0",
        "-select_streams",
        &stream.to_string(),
        "-read_intervals",
        "99999%",
        "-show_entries",
        "packet=pts_time,duration_time",
    ])
}

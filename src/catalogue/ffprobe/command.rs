//! What ffprobe is asked.

/// The formats that are read. Left out are those that refer to other files (playlists, `concat`), those of
/// still pictures and texts, and raw streams, which do not say how long they are.
const FORMATS: &str =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpegts,mpeg,ogg,mxf,dv,rm,nut,gif";

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

/// Without a path: `/dev/stdin` is the file, and can be read at any place, unlike a pipe.
fn on_stdin(question: &[&str]) -> Vec<String> {
    let safe = [
        "-v",
        "error",
        "-hide_banner",
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        FORMATS,
    ];
    let all = safe.iter().chain(question).chain(&["-i", "file:/dev/stdin"]);
    all.map(|argument| (*argument).to_owned()).collect()
}

/// All that is used of a file.
pub(super) fn report() -> Vec<String> {
    on_stdin(&["-print_format", "json=compact=1", "-show_error", "-show_entries", ENTRIES])
}

/// The times of the packets of a stream, from the last place on that ffprobe finds: `start,duration` in
/// seconds, a line each.
pub(super) fn end(stream: u16) -> Vec<String> {
    on_stdin(&[
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

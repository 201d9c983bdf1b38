//! A hostile file as the input of a program of FFmpeg.

/// The formats that are read. Left out are those that refer to other files (playlists, `concat`), those of
/// still pictures and texts, and raw streams, which do not say how long they are.
const FORMATS: &str =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpegts,mpeg,ogg,mxf,dv,rm,nut,gif";

/// The arguments that read the file on standard input, with options of one's own for it.
///
/// There is no path in them: `/dev/stdin` is the file, and can be read at any place, unlike a pipe.
pub fn input(options: &[&str]) -> Vec<String> {
    let safe = ["-protocol_whitelist", "file", "-format_whitelist", FORMATS];
    let all = safe.iter().chain(options).chain(&["-i", "file:/dev/stdin"]);
    all.map(|argument| (*argument).to_owned()).collect()
}

//! Which way players turn a picture.

use std::path::Path;
use std::process::{Command, Stdio};

use super::media;

/// Runs ffmpeg in a folder, and returns what it writes to its output.
fn ffmpeg(folder: &Path, arguments: &str) -> Vec<u8> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(arguments.split(' '));
    let run = command.current_dir(folder).stdin(Stdio::null()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    run.stdout
}

/// Where a grey picture, 64 by 32 before it is turned, is bright: one of its four corners.
fn bright_corner(picture: &[u8], width: usize) -> (bool, bool) {
    assert_eq!(picture.len(), 64 * 32);
    let bright = picture.iter().enumerate().max_by_key(|(_, light)| **light).unwrap().0;
    let height = picture.len() / width;
    (bright % width >= width / 2, bright / width >= height / 2)
}

/// The corner after a quarter turn clockwise.
fn turned((is_right, is_low): (bool, bool)) -> (bool, bool) {
    (!is_low, is_right)
}

/// ffmpeg turns pictures as players do, so what it decodes is compared with what is stored.
#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn rotation_is_clockwise_and_is_what_players_do() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // Black, with a white corner at the top right.
    let picture = "color=black:size=64x32:rate=25:duration=0.04,\
                   drawbox=x=40:y=2:w=20:h=10:color=white:t=fill";
    ffmpeg(folder, &format!("-f lavfi -i {picture} -c:v mpeg4 -q:v 2 upright.mp4"));
    let mut seen = Vec::new();
    for degrees in [90, 180, 270] {
        let name = format!("{degrees}.mp4");
        // Before FFmpeg 6 it is a tag, and from then on an option.
        ffmpeg(folder, &format!("-i upright.mp4 -c copy -metadata:s:v rotate={degrees} {name}"));
        let reading = media::read(folder, &[&name]).await.remove(0).unwrap();
        let mut rotation = reading.probed.unwrap().facts.rotation.unwrap().degrees();
        if rotation == 0 {
            ffmpeg(folder, &format!("-display_rotation {degrees} -i upright.mp4 -c copy {name}"));
            let reading = media::read(folder, &[&name]).await.remove(0).unwrap();
            rotation = reading.probed.unwrap().facts.rotation.unwrap().degrees();
        }
        let raw = "-f rawvideo -pix_fmt gray -";
        let stored = bright_corner(&ffmpeg(folder, &format!("-noautorotate -i {name} {raw}")), 64);
        assert_eq!(stored, (true, false));
        let width = if rotation % 180 == 0 { 64 } else { 32 };
        let shown = bright_corner(&ffmpeg(folder, &format!("-i {name} {raw}")), width);
        let expected = (0..rotation / 90).fold(stored, |corner, _| turned(corner));
        assert_eq!(shown, expected, "{degrees}: {rotation}");
        seen.push(rotation);
    }
    seen.sort_unstable();
    assert_eq!(seen, [90, 180, 270]);
}

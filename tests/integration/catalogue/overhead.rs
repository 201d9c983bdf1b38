//! What reading a file costs beside ffprobe itself.

use std::fs;
use std::process::{Command, Stdio};

use super::media;

/// The processor time of this process and of those that it waited for, in ticks of the kernel.
pub fn ticks() -> (u64, u64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<u64> = stat[stat.rfind(')').unwrap() + 4..]
        .split(' ')
        .map(|field| field.parse().unwrap_or(0))
        .collect();
    (fields[10] + fields[11], fields[12] + fields[13])
}

/// `cargo test overhead -- --ignored --nocapture` prints how much processor time reading takes, and how much
/// ffprobe takes alone.
#[tokio::test]
#[ignore = "prints a measurement, and checks nothing"]
async fn overhead_of_reading() {
    const ROUNDS: usize = 5;
    let names =
        ["mp4-h264-aac.mp4", "mkv-vp9-opus.mkv", "ts-h264-aac.ts", "streams-two-videos.mkv"];
    media::read(media::folder(), &names).await;
    let (mut alone, mut reading) = ((0, 0), (0, 0));
    for _ in 0..ROUNDS {
        let before = ticks();
        for name in names.iter().cycle().take(40) {
            let mut command = Command::new("ffprobe");
            command.args(["-v", "error", "-show_format", "-show_streams", "-of", "json", "-i"]);
            let path = format!("file:{}", media::folder().join(name).display());
            command.arg(path).env_clear().stdin(Stdio::null()).stdout(Stdio::null());
            assert!(command.status().unwrap().success());
        }
        let between = ticks();
        let forty: Vec<&str> = names.iter().copied().cycle().take(40).collect();
        media::read(media::folder(), &forty).await;
        let after = ticks();
        alone = (alone.0 + between.0 - before.0, alone.1 + between.1 - before.1);
        reading = (reading.0 + after.0 - between.0, reading.1 + after.1 - between.1);
    }
    println!("ffprobe alone: {alone:?} ticks (own, children); reading: {reading:?}");
}

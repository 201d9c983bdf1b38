//! What ffmpeg is asked, and in which order, by a program in its place.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reelgraph::media::thumbnails::{Ffmpeg, Maker, NotMade, Picture, Wanted};
use tempfile::TempDir;

use super::scene::{open, wanted};

/// A folder with a program that does what a script says. What it is asked is in a file, a line for each time.
struct Program {
    folder: TempDir,
}

impl Program {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ffmpeg");
        let text = format!(
            "#!/bin/sh\n[ \"$1\" = -version ] && {{ echo ffmpeg version 9; exit; }}\n\
             echo \"$@\" >> \"$0.asked\"\n{script}\n"
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(folder.path().join("video"), "content").unwrap();
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ffmpeg")
    }

    async fn make(&self, wanted: &Wanted) -> Result<Picture, NotMade> {
        let ffmpeg = Ffmpeg::find(Some(&self.path()), None).await.unwrap();
        assert_eq!(ffmpeg.version(), "9");
        ffmpeg.make(&*open(self.folder.path(), "video"), wanted).await
    }

    /// Where it looked: what the options for the input are, but for those that are always there.
    fn places(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.path().with_extension("asked")).unwrap();
        let place = |line: &str| {
            let (before, after) = line.split_once(" -i file:/dev/stdin -map ").unwrap();
            let (_, options) = before.split_once(" -noaccurate_seek").unwrap();
            format!("{}{options}", after.split(' ').next().unwrap())
        };
        asked.lines().map(place).collect()
    }
}

/// A JPEG file of one pixel, as octal numbers for `printf`.
fn write_jpeg(folder: &Path) -> String {
    let headers = [
        &[0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0][..],
        &[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 7, 0xff, 0xd9],
    ];
    let path = folder.join("one.jpg");
    fs::write(&path, headers.concat()).unwrap();
    path.display().to_string()
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_file_without_pictures_is_asked_three_times() {
    let program = Program::new("exit 1");
    let wanted = Wanted { stream: Some(3), ..wanted(MINUTE) };
    assert_eq!(program.make(&wanted).await, Err(NotMade::NotInFile));
    let places = ["0:3 -skip_frame nokey -ss 6.000", "0:3 -skip_frame nokey", "0:V:0"];
    assert_eq!(program.places(), places);
}

#[tokio::test]
async fn dark_pictures_are_asked_for_again_and_the_brightest_is_taken() {
    let pictures = tempfile::tempdir().unwrap();
    let jpeg = write_jpeg(pictures.path());
    let brightness = "case \"$*\" in *' 6.000 '*) b=3;; *' 18.000 '*) b=9;; *) b=5;; esac";
    let program = Program::new(&format!(
        "{brightness}; echo lavfi.signalstats.YAVG=$b >&2; cat {jpeg}; exit 1"
    ));
    assert!(program.make(&wanted(MINUTE)).await.is_ok());
    let key = "0:V:0 -skip_frame nokey -ss";
    assert_eq!(program.places(), [6, 18, 30].map(|at| format!("{key} {at}.000")));
    // One that is not dark is taken at once.
    let program = Program::new(&format!("echo lavfi.signalstats.YAVG=20 >&2; cat {jpeg}"));
    assert!(program.make(&wanted(MINUTE)).await.is_ok());
    assert_eq!(program.places().len(), 1);
    // One whose duration is not known, at its beginning.
    assert!(program.make(&wanted(Duration::ZERO)).await.is_ok());
    assert_eq!(program.places()[1], "0:V:0 -skip_frame nokey");
}

#[tokio::test]
async fn a_program_that_does_not_run_is_no_failure_of_the_file() {
    let program = Program::new("echo error while loading shared libraries: libx >&2; exit 127");
    let Err(NotMade::Unavailable(advice)) = program.make(&wanted(MINUTE)).await else { panic!() };
    assert!(advice.contains("libraries: libx)"), "{advice}");
    assert_eq!(program.places().len(), 1);
    let program = Program::new("kill -9 $$");
    let made = program.make(&wanted(MINUTE)).await;
    assert!(matches!(made, Err(NotMade::Unavailable(_))), "{made:?}");
}

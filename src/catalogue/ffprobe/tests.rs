//! Programs that are no ffprobe.

use std::path::Path;

use super::*;

async fn found(given: Option<&str>, path: Option<&str>) -> String {
    let found = Ffprobe::find(given.map(Path::new), path.map(AsRef::as_ref)).await;
    found.map_or_else(|error| error.to_string(), |found| found.version)
}

#[tokio::test]
async fn a_missing_ffprobe_is_a_sentence_that_says_how_to_get_one() {
    let folder = tempfile::tempdir().unwrap();
    // Neither a folder of this name nor a file that cannot be run is a program.
    std::fs::create_dir_all(folder.path().join("folder/ffprobe")).unwrap();
    std::fs::create_dir(folder.path().join("file")).unwrap();
    std::fs::write(folder.path().join("file/ffprobe"), "").unwrap();
    let folder = folder.path().display();
    for path in
        [None, Some(""), Some("."), Some(&*format!("/nowhere:{folder}/folder:{folder}/file"))]
    {
        let sentence = found(None, path).await;
        assert!(sentence.contains("apt install ffmpeg"), "{path:?}: {sentence}");
    }
}

#[tokio::test]
async fn a_program_that_is_no_ffprobe_is_named() {
    for (given, reason) in [
        ("/nowhere/ffprobe", "No such file or directory"),
        ("/", "Permission denied"),
        ("/bin/echo", "/bin/echo is not a working ffprobe (-version)"),
        ("/bin/false", "it reports no version"),
    ] {
        let sentence = found(Some(given), None).await;
        assert!(sentence.contains(reason) && sentence.contains("--ffprobe"), "{given}: {sentence}");
    }
}

//! Programs that are something else than what was looked for.

use std::os::unix::fs::PermissionsExt;

use super::*;

async fn found(tool: Tool, given: Option<&str>, path: Option<&str>) -> String {
    let found = Program::find(tool, given.map(Path::new), path.map(AsRef::as_ref)).await;
    found.map_or_else(|error| error.to_string(), |found| found.version)
}

#[tokio::test]
async fn a_missing_program_is_a_sentence_that_says_how_to_get_one() {
    let folder = tempfile::tempdir().unwrap();
    // Neither a folder of this name nor a file that cannot be run is a program.
    std::fs::create_dir_all(folder.path().join("folder/ffprobe")).unwrap();
    std::fs::create_dir(folder.path().join("file")).unwrap();
    std::fs::write(folder.path().join("file/ffprobe"), "").unwrap();
    let folder = folder.path().display();
    for path in
        [None, Some(""), Some("."), Some(&*format!("/nowhere:{folder}/folder:{folder}/file"))]
    {
        let sentence = found(Tool::Ffprobe, None, path).await;
        assert!(sentence.contains("apt install ffmpeg"), "{path:?}: {sentence}");
    }
    let sentence = found(Tool::Ffmpeg, None, None).await;
    assert!(sentence.starts_with("thumbnails need ffmpeg, which"), "{sentence}");
    assert!(sentence.contains("set --ffmpeg to"), "{sentence}");
}

#[tokio::test]
async fn a_program_that_is_something_else_is_named() {
    for (given, reason) in [
        ("/nowhere/ffprobe", "No such file or directory"),
        ("/", "Permission denied"),
        ("/bin/echo", "/bin/echo is not a working ffprobe (-version)"),
        ("/bin/false", "it reports no version"),
    ] {
        let sentence = found(Tool::Ffprobe, Some(given), None).await;
        assert!(sentence.contains(reason) && sentence.contains("--ffprobe"), "{given}: {sentence}");
    }
}

#[tokio::test]
async fn a_name_without_a_path_is_no_program() {
    for (tool, expected) in [
        (
            Tool::Ffmpeg,
            "ffmpeg is not a path: set --ffmpeg to the path of the program, such as /usr/bin/ffmpeg",
        ),
        (
            Tool::Ffprobe,
            "ffprobe is not a path: set --ffprobe to the path of the program, such as /usr/bin/ffprobe",
        ),
    ] {
        // It is not looked for there.
        let sentence = found(tool, Some(tool.name()), Some("/usr/bin")).await;
        assert!(sentence.starts_with(expected), "{sentence}");
    }
    let sentence = found(Tool::Ffmpeg, Some("./ffmpeg"), None).await;
    assert!(sentence.contains("No such file"), "{sentence}");
    // It is in the current folder.
    let sentence = found(Tool::Ffmpeg, Some("src"), None).await;
    assert!(sentence.contains("Permission denied"), "{sentence}");
}

#[tokio::test]
async fn one_program_of_ffmpeg_is_not_taken_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let ffprobe = folder.path().join("ffmpeg");
    std::fs::write(&ffprobe, "#!/bin/sh\necho ffprobe version 7.1 Copyright\n").unwrap();
    std::fs::set_permissions(&ffprobe, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().to_str();
    let sentence = found(Tool::Ffmpeg, None, path).await;
    assert!(sentence.contains("is not a working ffmpeg (ffprobe version 7.1"), "{sentence}");
    assert_eq!(found(Tool::Ffprobe, ffprobe.to_str(), None).await, "7.1");
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[cfg_attr(not(setpriv), ignore = "needs setpriv, which was missing when this was built")]
async fn a_program_is_bound_by_what_can_do_so() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, script: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("ffprobe", "echo ffprobe version 7.1 Copyright; echo \"$@\"");
    let path = |setpriv: &str| format!("{}:{setpriv}", folder.path().display());
    for (own, others, is_bound) in [
        (None, "/usr/bin", true),
        (None, "/nowhere", false),
        // That of busybox.
        (Some("echo unrecognized option: pdeathsig >&2; exit 1"), "/usr/bin", false),
        (Some("shift 3; exec \"$@\""), "/usr/bin", true),
    ] {
        if let Some(script) = own {
            write("setpriv", script);
        }
        let program =
            Program::find(Tool::Ffprobe, None, Some(path(others).as_ref())).await.unwrap();
        assert_eq!(program.version(), "7.1");
        assert_eq!(program.binding.is_some(), is_bound, "{own:?} {others}");
        let arguments = vec!["-a".to_owned(), "b c".to_owned()];
        let (keep, limits) = (Keep::First(100), Limits::default());
        let run = program.run(arguments, Stdio::null(), keep, &limits).await.unwrap();
        assert!(run.output.ends_with(b"\n-a b c\n"), "{own:?} {others}");
    }
}

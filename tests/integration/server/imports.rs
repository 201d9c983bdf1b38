//! What `import` reads, what it refuses, and how it says so.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::binary::{Finished, reelgraph, signal};
use crate::support::folder::Folder;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/sample.ndjson");

const RECORD: &str = r#"{"path":"/a","durationFrames":1,"frameRate":{"numerator":25},"width":1,"height":1,"videoCodec":"h264","fileSize":1}"#;

/// Imports a file with these contents into a new library.
fn import(contents: impl AsRef<[u8]>, arguments: &[&str]) -> Finished {
    let folder = Folder::new();
    fs::write(folder.path("records"), contents).unwrap();
    folder.run("a.db", &[&["import", "records"], arguments].concat())
}

#[test]
fn an_import_says_which_line_is_wrong_and_what_to_do() {
    import(format!("{RECORD}\n{{\"path\": 7}}\n"), &[])
        .with_code(1)
        .saying("line 2: path: must be a string, not 7; durationFrames: is missing; ")
        .saying("Correct these lines and run the import again; nothing was written.");
    let folder = Folder::new();
    folder.run("a.db", &["import", "/no/such/file"]).with_code(1).saying("/no/such/file");
}

#[test]
fn no_record_gives_orders_to_a_terminal() {
    let refused = import("{\"x\\u001b[31m\\u202e\": 1}\n", &[]).with_code(1).saying("line 1: ");
    assert!(!refused.stderr.contains(['\u{1b}', '\u{202e}']), "{refused}");
    assert!(refused.stderr.contains(r"x\u{1b}[31m\u{202e}"), "{refused}");
}

#[test]
fn an_import_follows_what_is_wanted_on_a_conflict() {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    // The same records without their IDs: only the paths tell that they are there.
    let file = folder.path("anonymous.ndjson");
    let anonymous: String = fs::read_to_string(SAMPLE)
        .unwrap()
        .lines()
        .map(|line| {
            let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
            record.as_object_mut().unwrap().remove("id");
            record["width"] = 7.into();
            format!("{record}\n")
        })
        .collect();
    fs::write(&file, anonymous).unwrap();
    let import = |on_conflict: &str| {
        let arguments = ["import", file.to_str().unwrap(), "--on-conflict", on_conflict];
        folder.run("a.db", &arguments)
    };
    import("fail")
        .with_code(1)
        .saying("line 1: path: ")
        .saying("and 980 more")
        .saying("--on-conflict skip, which keeps the existing videos")
        .saying("--on-conflict update, which overwrites them with the records' values");
    import("skip").with_code(0).saying("0 added, 0 updated, 1000 unchanged");
    import("update").with_code(0).saying("0 added, 1000 updated, 0 unchanged");
    import("update").with_code(0).saying("0 added, 0 updated, 1000 unchanged");
}

#[test]
fn a_record_without_an_id_may_be_imported_again() {
    let folder = Folder::new();
    fs::write(folder.path("records"), format!("{RECORD}\n{RECORD}\n")).unwrap();
    let import = || folder.run("a.db", &["import", "records"]).with_code(0);
    import().saying("1 added, 0 updated, 1 unchanged");
    import().saying("0 added, 0 updated, 2 unchanged");
    folder.run("a.db", &["check"]).with_code(0);
}

fn compressed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_byte_order_mark_gzip_and_fine_times_are_read() {
    import(format!("\u{FEFF}{RECORD}\n"), &[]).with_code(0).saying("1 added");
    let sample = fs::read(SAMPLE).unwrap();
    import(compressed(&sample), &[]).with_code(0).saying("1000 added");
    let dated = RECORD.replacen('{', r#"{"createdAt":"2026-01-02T03:04:05.123456789Z","#, 1);
    import(dated, &[]).with_code(0).saying("1 added");
}

#[test]
fn gzip_is_read_from_standard_input() {
    let folder = Folder::new();
    fs::write(folder.path("records.gz"), compressed(RECORD.as_bytes())).unwrap();
    let line = "cat records.gz | reelgraph import";
    folder.shell("a.db", line).with_code(0).saying("1 added");
}

#[test]
fn gzip_that_is_cut_short_is_reported() {
    let whole = compressed(&fs::read(SAMPLE).unwrap());
    import(&whole[..whole.len() / 2], &[])
        .with_code(1)
        .saying("could not read the input after line ")
        .saying("the gzip file ends too early or is damaged")
        .saying("Nothing was written.");
}

#[test]
fn a_file_that_has_no_records_is_named_for_what_it_is() {
    let end = ": import reads records, one JSON object per line";
    for (contents, name) in [
        (&b"\x1A\x45\xDF\xA3\x01\0\0\0\0\0\0\x23\x42\x82\x88matroska"[..], "a Matroska file"),
        (b"\0\0\0\x20ftypisom\0\0\x02\0", "an MP4 file"),
        (b"RIFF\0\x10\0\0AVI LIST", "an AVI file"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"path,filename,width\n/a,a,1\n", "a CSV file"),
    ] {
        import(contents, &[]).with_code(1).saying(&format!("this is {name}{end}"));
    }
    import(format!("[{RECORD}]"), &[])
        .with_code(1)
        .saying(&format!("this is a JSON array{end}; convert it with `jq -c '.[]'`"));
}

#[test]
fn a_library_is_named_and_none_is_made_for_it() {
    let folder = Folder::new();
    folder.run("a.db", &["import", SAMPLE]).with_code(0);
    let refused = folder.run("b.db", &["import", "a.db"]).with_code(1);
    refused.saying("this is a Reelgraph library: import reads records").saying("reelgraph export");
    assert_eq!(folder.names(), ["a.db"]);
}

#[cfg(unix)]
#[test]
fn an_import_that_is_interrupted_ends_with_the_summary() {
    for name in ["INT", "TERM"] {
        let folder = Folder::new();
        let mut command = reelgraph(&["import"]);
        command.env("REELGRAPH_DATABASE_URL", folder.url("a.db"));
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        // More than fits into the pipe, so that the import has begun, and no end.
        let mut input = process.stdin.take().unwrap();
        for number in 0..12_000 {
            let record = RECORD.replace("/a", &format!("/{number}"));
            writeln!(input, "{record}").unwrap();
        }
        signal(&process, name);
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("added, 0 updated, 0 unchanged, in "), "{said}");
        assert!(said.contains("the import was interrupted\n"), "{said}");
        drop(input);
        folder.run("a.db", &["check"]).with_code(0);
    }
}

#[test]
fn help_says_that_records_are_read() {
    let help = Finished::run(reelgraph(&["import", "--help"])).with_code(0);
    assert!(
        help.stdout.contains("reads metadata records, not video files: one JSON object per line"),
        "{help}"
    );
}

#[test]
fn a_dry_run_reports_what_an_import_would_do_and_writes_nothing() {
    let folder = Folder::new();
    let record = |path: &str, width: i32| {
        RECORD.replace("/a", path).replace("\"width\":1", &format!("\"width\":{width}"))
    };
    fs::write(folder.path("first"), format!("{}\n{}\n", record("/a", 1), record("/b", 1))).unwrap();
    let second = [record("/a", 1), record("/b", 2), record("/c", 1), record("/c", 1)].join("\n");
    fs::write(folder.path("second"), second).unwrap();
    let run = |arguments: &[&str]| folder.run("a.db", &[&["import"], arguments].concat());

    run(&["first", "--dry-run"])
        .with_code(0)
        .saying("Dry run: 2 would be added, 0 updated and 0 left unchanged.")
        .saying("Nothing was written.");
    assert_eq!(folder.names(), ["first", "second"]);
    run(&["first"]).with_code(0);
    let before = fs::read(folder.path("a.db")).unwrap();
    run(&["second", "--dry-run", "--on-conflict", "update"])
        .with_code(0)
        .saying("Dry run: 1 would be added, 1 updated and 2 left unchanged.");
    let refused = run(&["second", "--dry-run"]).with_code(1);
    refused
        .saying("0 would be added, 0 updated and 0 left unchanged before the import would stop.")
        .saying("line 2: path: /b is taken by another video")
        .saying("nothing was written.");
    run(&["nothing", "--dry-run"]).with_code(1).saying("nothing");
    assert!(fs::read(folder.path("a.db")).unwrap() == before, "the library has changed");
    run(&["second", "--on-conflict", "update"])
        .with_code(0)
        .saying("1 added, 1 updated, 2 unchanged");
}

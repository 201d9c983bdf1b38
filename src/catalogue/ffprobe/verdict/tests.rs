//! Runs of every kind.

use std::io;
use std::process::ExitStatus;

use super::*;

/// A run with this raw status, and what it wrote.
fn run(status: i32, output: &str) -> Result<Finished, Unfinished> {
    let status = ExitStatus::from_raw(status);
    let complaints = "ffprobe: error while loading libavdevice.so.59\nmore".to_owned();
    Ok(Finished { status, output: output.into(), complaints })
}

/// The status of a process that exited with 1.
const FAILED: i32 = 256;

fn refused(run: Result<Finished, Unfinished>) -> String {
    match report(run) {
        Ok(report) => panic!("{report:?}"),
        Err(NotProbed::Problem(problem)) => problem.code.as_str().to_owned(),
        Err(NotProbed::EndedEarly) => "ended early".to_owned(),
        Err(NotProbed::Unavailable(advice)) => advice,
    }
}

#[test]
fn a_file_is_refused_for_what_is_reported() {
    let error =
        |code: i32| run(FAILED, &format!(r#"{{"error": {{"code": {code}, "string": "x"}}}}"#));
    for (code, expected) in [
        (-1_094_995_529, "NOT_READABLE_AS_MEDIA"),
        (-22, "NOT_READABLE_AS_MEDIA"),
        (i32::MIN, "NOT_READABLE_AS_MEDIA"),
        (-13, "PERMISSION_DENIED"),
        (-5, "ended early"),
        (-116, "ended early"),
    ] {
        assert_eq!(refused(error(code)), expected, "{code}");
    }
    assert!(refused(error(-2)).contains("/dev/stdin"));
}

#[test]
fn a_run_that_ends_badly_is_a_problem_of_the_file() {
    assert_eq!(refused(run(11, "")), "NOT_READABLE_AS_MEDIA");
    assert_eq!(refused(run(FAILED, "{")), "NOT_READABLE_AS_MEDIA");
    assert_eq!(refused(run(0, "")), "NOT_READABLE_AS_MEDIA");
    assert_eq!(refused(run(0, r#"{"streams": 7}"#)), "NOT_READABLE_AS_MEDIA");
    assert_eq!(refused(Err(Unfinished::TimedOut)), "TIMED_OUT");
    assert_eq!(refused(Err(Unfinished::TooLong)), "NOT_READABLE_AS_MEDIA");
    assert!(report(run(0, r#"{"streams": [], "programs": [{}]}"#)).is_ok());
}

#[test]
fn an_ffprobe_that_does_not_run_is_no_problem_of_the_file() {
    assert!(refused(run(127 * 256, "")).contains("loading libavdevice.so.59). Run"));
    let silent = run(7 * 256, "").map(|run| Finished { complaints: String::new(), ..run });
    assert!(refused(silent).contains("could not be run (exit status: 7). Run"));
    let missing = io::Error::from(io::ErrorKind::NotFound);
    assert!(refused(Err(Unfinished::Failed(missing))).contains("entity not found"));
}

#[test]
fn the_last_picture_is_the_one_that_is_shown_last() {
    let end_of = |output: &str| end(run(0, output)).unwrap();
    assert_eq!(end_of("1.9,0.04\n2.021000,0.040000\n1.98,0.04\n"), Some(2_061_000));
    // The beginning of the list is dropped, in the middle of a line.
    assert_eq!(end_of("00,0.04\n5.5,N/A\nN/A,0.04\nN/A,N/A\n\n"), Some(5_500_000));
    assert_eq!(end_of(""), None);
    assert_eq!(end_of("N/A,0.04\n"), None);
}

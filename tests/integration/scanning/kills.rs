//! Scans whose process is killed.
//!
//! `REELGRAPH_TEST_KILLS=20 cargo test scanning::kills` kills more often than the usual test does.

use std::process::Stdio;
use std::time::Duration;

use super::films::Films;

/// How often a scan is killed.
fn rounds() -> u32 {
    std::env::var("REELGRAPH_TEST_KILLS").map_or(3, |kills| kills.parse().unwrap())
}

/// A library whose scan is killed again and again ends as one that was scanned in peace.
#[test]
fn a_scan_that_is_killed_is_completed_by_the_next_ones() {
    let films = Films::new();
    let names = |round: u32| (0..30).map(move |number| format!("{round:02}/{number:02}.mkv"));
    for round in 0..rounds() {
        names(round).for_each(|name| films.write(&name, &format!("320 {name}")));
        if round > 0 {
            films.rename(&format!("{:02}", round - 1), &format!("moved-{:02}", round - 1));
        }
        let mut command = films.scanning(&[]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Somewhere between its start and its end, at another point each time.
        std::thread::sleep(Duration::from_millis(u64::from(40 + round * 67 % 600)));
        child.kill().unwrap();
        child.wait().unwrap();
        if films.folder.path("library.db").exists() {
            films.check();
        }
    }
    films.scan(&[]).with_code(0);
    films.check();
    assert_eq!(films.ids().len(), 30 * rounds() as usize);
    let again = films.scan(&[]).with_code(0);
    let again = again.saying("0 added, 0 updated, 0 moved");
    assert!(!again.stderr.contains("missing"), "{again}");
    assert!(again.stdout.is_empty(), "{again}");
}

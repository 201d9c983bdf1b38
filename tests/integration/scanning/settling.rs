//! Files that change while they are read: what is catalogued of a file is always of one content.

use super::films::Films;
use super::twins::Twins;

/// Replaces a film by another one of the same size and age.
const REPLACE: &str = "printf '640 a' > new; touch -d @1700000000 new; mv new a.mkv";

/// Films, and what ffprobe does once to the folder when it is called for the film `a.mkv`.
fn disturbed(films: &Films, change: &str) {
    let folder = films.path("");
    let once = format!("rm ASIDE; cd '{}'; {change}", folder.display());
    films.aside(&format!("[ \"$rest\" != a ] || {{ {once}; }}"));
}

#[test]
fn a_film_that_is_replaced_while_it_is_read_is_catalogued_as_what_it_is_then() {
    for change in [REPLACE, "printf '640 a' > a.mkv; touch -d @1700000000 a.mkv"] {
        let films = Films::new();
        films.write("a.mkv", "320 a");
        films.write("b.mkv", "320 b");
        disturbed(&films, change);
        films.scan(&[]).with_code(0).saying("2 added");
        assert_eq!(films.videos()[0]["width"], 640, "{change}");
        // The fingerprint is that of the new content as well.
        Twins::default().expect_alike(&films, &[]);
        assert_eq!(films.probes(), 5);
    }
}

#[test]
fn a_film_that_grows_while_it_is_read_is_left_to_the_next_scan() {
    let films = Films::new();
    films.write("a.mkv", "320 a");
    films.write("b.mkv", "320 b");
    disturbed(&films, "echo nd more >> a.mkv");
    films
        .scan(&[])
        .with_code(0)
        .saying("1 added")
        .saying("1 still being written")
        .saying("again in ten seconds");
    assert_eq!(films.ids()[0].0, "b.mkv");
    films.age("a.mkv");
    films.scan(&[]).with_code(0).saying("1 added");
    Twins::default().expect_alike(&films, &[]);
}

#[test]
fn a_known_film_that_changes_again_while_it_is_read_stays_as_it_was_until_the_next_scan() {
    let films = Films::new();
    films.write("a.mkv", "320 b");
    films.write("b.mkv", "320 b, and nothing else");
    films.scan(&[]).with_code(0);
    let before = films.videos();
    films.write("a.mkv", "480 a");
    disturbed(&films, REPLACE);
    films.scan(&[]).with_code(0).saying("0 added, 0 updated").saying("1 still being written");
    assert_eq!(films.videos(), before);
    films.scan(&[]).with_code(0).saying("0 added, 1 updated");
    let after = films.videos();
    assert_eq!((&after[0]["id"], &after[0]["width"]), (&before[0]["id"], &640.into()));
    Twins::default().expect_alike(&films, &[]);
}

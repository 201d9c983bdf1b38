//! Moves, from what two looks at a root have seen.

use std::time::{Duration, Instant};

use super::*;

/// A file at this path with this content, on an inode of this number.
fn file(path: &str, content: u128, inode: u64) -> Seen {
    Seen { path: path.into(), fingerprint: Fingerprint::from_hash(content), inode: (1, inode) }
}

/// The moves as `old -> new`, and the ambiguous files as `new ? old, old`.
fn found(old: &[Seen], new: &[Seen], present: &[u64]) -> Vec<String> {
    let present = present.iter().map(|inode| (1, *inode)).collect();
    let Moves { moved, ambiguous } = Moves::find(old, new, &present);
    let text = |file: &Seen| String::from_utf8(file.path.clone()).unwrap();
    let moved =
        moved.iter().map(|(from, to)| format!("{} -> {}", text(&old[*from]), text(&new[*to])));
    let ambiguous = ambiguous.iter().map(|(at, candidates)| {
        let candidates: Vec<_> = candidates.iter().map(|place| text(&old[*place])).collect();
        format!("{} ? {}", text(&new[*at]), candidates.join(", "))
    });
    moved.chain(ambiguous).collect()
}

#[test]
fn the_only_file_of_a_content_is_followed_wherever_it_goes() {
    let old = [file("a.mkv", 1, 1), file("b.mkv", 2, 2)];
    let new = [file("x/other.mkv", 1, 7), file("c.mkv", 3, 2)];
    assert_eq!(found(&old, &new, &[]), ["a.mkv -> x/other.mkv"]);
}

#[test]
fn of_several_files_with_one_content_the_inode_and_then_the_name_decide() {
    let old = [file("a/1.mkv", 1, 1), file("b/2.mkv", 1, 2), file("c/3.mkv", 1, 3)];
    let new = [file("x/2.mkv", 1, 1), file("x/3.mkv", 1, 9), file("x/7.mkv", 1, 8)];
    let expected = ["a/1.mkv -> x/2.mkv", "b/2.mkv -> x/7.mkv", "c/3.mkv -> x/3.mkv"];
    assert_eq!(found(&old, &new, &[]), expected);
}

#[test]
fn what_cannot_be_decided_is_offered() {
    let old = [file("a.mkv", 1, 1), file("b.mkv", 1, 2)];
    assert_eq!(found(&old, &[file("c.mkv", 1, 9)], &[]), ["c.mkv ? a.mkv, b.mkv"]);
    let new = [file("c.mkv", 1, 8), file("d.mkv", 1, 9)];
    assert_eq!(found(&old[..1], &new, &[]), ["c.mkv ? a.mkv", "d.mkv ? a.mkv"]);
}

#[test]
fn what_comes_to_where_another_file_left_is_offered_as_well() {
    let old = [file("a.mkv", 1, 1), file("b.mkv", 1, 2), file("c.mkv", 2, 3)];
    let new = [file("c.mkv", 1, 9), file("d.mkv", 2, 3)];
    assert_eq!(found(&old, &new, &[]), ["c.mkv -> d.mkv", "c.mkv ? a.mkv, b.mkv"]);
    // A new content of a file that stays is no file at a new path.
    assert_eq!(found(&old, &new[..1], &[]), [""; 0]);
}

#[test]
fn a_folder_that_was_renamed_decides_for_its_files() {
    let old = [file("old/a/1.mkv", 1, 1), file("old/b/x.mkv", 2, 2), file("old/c/x.mkv", 2, 3)];
    let new = [file("new/a/1.mkv", 1, 7), file("new/b/x.mkv", 2, 8), file("new/c/x.mkv", 2, 9)];
    let expected =
        ["old/a/1.mkv -> new/a/1.mkv", "old/b/x.mkv -> new/b/x.mkv", "old/c/x.mkv -> new/c/x.mkv"];
    assert_eq!(found(&old, &new, &[]), expected);
}

#[test]
fn files_that_changed_places_are_followed() {
    let old = [file("a", 1, 1), file("b", 2, 2), file("c", 3, 3)];
    assert_eq!(found(&old[..2], &[file("a", 2, 2), file("b", 1, 1)], &[]), ["a -> b", "b -> a"]);
    let turned = [file("a", 3, 3), file("b", 1, 1), file("c", 2, 2)];
    assert_eq!(found(&old, &turned, &[]), ["a -> b", "b -> c", "c -> a"]);
    let shifted = [file("b", 1, 1), file("c", 2, 2), file("d", 3, 3)];
    assert_eq!(found(&old, &shifted, &[]), ["a -> b", "b -> c", "c -> d"]);
}

#[test]
fn a_file_that_was_moved_over_another_is_a_new_content_of_that() {
    let old = [file("a", 1, 1), file("b", 2, 2)];
    assert_eq!(found(&old, &[file("b", 1, 1)], &[]), [""; 0]);
    // Nor is what was to follow it.
    let old = [file("a", 1, 1), file("b", 2, 2), file("c", 3, 3)];
    assert_eq!(found(&old, &[file("b", 1, 1), file("c", 2, 2)], &[]), [""; 0]);
}

#[test]
fn another_link_to_a_file_that_is_still_there_was_not_moved() {
    let old = [file("a", 1, 1)];
    assert_eq!(found(&old, &[file("c", 1, 5)], &[5]), [""; 0]);
    // A link that was renamed has the inode of the other one.
    assert_eq!(found(&old, &[file("c", 1, 1)], &[1]), ["a -> c"]);
}

#[test]
fn files_of_one_content_are_no_matter_of_their_number_squared() {
    let files = |folder: &str, first: u64| -> Vec<Seen> {
        (0..20_000).map(|number| file(&format!("{folder}/{number}"), 1, first + number)).collect()
    };
    let begin = Instant::now();
    assert_eq!(found(&files("a", 0), &files("b", 50_000), &[]).len(), 20_000);
    // They have the names of others, so nothing is known of them but the content.
    let mut turned = files("b", 50_000);
    turned.iter_mut().zip(0..).for_each(|(file, at)| file.path = format!("c/x{at}").into());
    assert_eq!(found(&files("a", 0), &turned, &[]).len(), 20_000);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
}

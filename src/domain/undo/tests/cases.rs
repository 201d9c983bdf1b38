//! Conflicts of each kind, and what the policies make of them.

use super::library::{Library, State, id, values, with_facts};
use crate::domain::undo::{UndoAction, UndoItem, UndoPolicy};
use crate::domain::{VideoField, VideoValues};

const POLICIES: [UndoPolicy; 3] =
    [UndoPolicy::Refuse, UndoPolicy::KeepLater, UndoPolicy::Overwrite];

/// The only item of the undo of the request "r".
fn item(library: &Library, policy: UndoPolicy) -> UndoItem {
    let (items, _) = library.plan("r", policy);
    <[UndoItem; 1]>::try_from(items).unwrap()[0].clone()
}

/// The fields of an item's conflicts, and the sequences of the changes that are in the way.
fn conflicts(item: &UndoItem) -> Vec<(Option<VideoField>, i64)> {
    item.conflicts.iter().map(|it| (it.field, it.entry.sequence)).collect()
}

/// What becomes of the values and the time of creation under each policy, whose conflicts are these.
#[track_caller]
fn check(
    library: &Library,
    expected: &[(Option<VideoField>, i64)],
    [kept, overwritten]: [(UndoAction, Option<State>); 2],
) {
    for policy in POLICIES {
        let item = item(library, policy);
        assert_eq!(conflicts(&item), expected, "{policy:?}");
        let (action, state) = if policy == UndoPolicy::Overwrite { &overwritten } else { &kept };
        let target = item.target.as_ref().map(|video| (video.values.clone(), video.created_at));
        assert_eq!((&item.action(), &target), (action, state), "{policy:?}");
    }
}

fn state(library: &Library) -> Option<State> {
    library.state().get(&id(1)).cloned()
}

/// A library with one video, and its state.
fn with_one(values: VideoValues) -> (Library, State) {
    let mut library = Library::default();
    library.put("earlier", 1, values);
    let state = state(&library).unwrap();
    (library, state)
}

use UndoAction::{Delete, Nothing, Restore, Update};
use VideoField::{Path, ThumbnailPath, Width};

#[test]
fn a_field_that_was_changed_since_is_a_conflict_and_the_others_are_undone() {
    let (mut library, (_, at)) = with_one(values("/a", 1));
    library.put("r", 1, values("/b", 2));
    library.put("x", 1, values("/b", 3));
    library.put("y", 1, values("/b", 4));
    check(
        &library,
        &[(Some(Width), 4)],
        [(Update, Some((values("/a", 4), at))), (Update, Some((values("/a", 1), at)))],
    );
}

#[test]
fn what_was_changed_and_changed_back_is_no_conflict() {
    let (mut library, before) = with_one(values("/a", 1));
    library.put("r", 1, with_facts(values("/b", 2)));
    library.put("x", 1, values("/c", 3));
    library.put("x", 1, with_facts(values("/b", 2)));
    check(&library, &[], [(Update, Some(before.clone())), (Update, Some(before))]);
}

#[test]
fn what_the_request_changed_back_itself_is_nothing() {
    let (mut library, _) = with_one(values("/a", 1));
    library.put("r", 1, values("/a", 2));
    library.put("r", 1, values("/a", 1));
    library.put("x", 1, values("/a", 7));
    let now = state(&library);
    check(&library, &[], [(Nothing, now.clone()), (Nothing, now)]);
}

#[test]
fn what_others_made_of_it_while_the_request_went_on_is_later() {
    let (mut library, (_, at)) = with_one(values("/a", 1));
    library.put("r", 1, values("/a", 2));
    library.put("x", 1, values("/a", 3));
    library.put("r", 1, values("/a", 4));
    let (kept, overwritten) = ((values("/a", 3), at), (values("/a", 1), at));
    check(&library, &[(Some(Width), 3)], [(Update, Some(kept)), (Update, Some(overwritten))]);
}

#[test]
fn a_value_that_others_put_back_already_is_not_the_one_that_the_request_left() {
    let (mut library, before) = with_one(values("/a", 1));
    library.put("r", 1, values("/a", 2));
    library.put("x", 1, values("/a", 1));
    let stays = (Nothing, Some(before));
    check(&library, &[(Some(Width), 3)], [stays.clone(), stays]);
}

#[test]
fn an_added_video_that_was_changed_since_stays() {
    let mut library = Library::default();
    library.put("r", 1, values("/a", 1));
    let mut later = values("/a", 2);
    later.thumbnail_path = Some("/t.jpg".to_owned().try_into().unwrap());
    library.put("x", 1, later);
    let now = state(&library);
    let expected = [(Some(Width), 2), (Some(ThumbnailPath), 2)];
    check(&library, &expected, [(Nothing, now), (Delete, None)]);
}

#[test]
fn an_added_video_that_was_deleted_since_stays_deleted() {
    let mut library = Library::default();
    library.put("r", 1, values("/a", 1));
    library.delete("x", 1);
    check(&library, &[(None, 2)], [(Nothing, None), (Nothing, None)]);
}

#[test]
fn only_overwriting_brings_back_what_was_deleted_since() {
    let (mut library, (_, at)) = with_one(values("/a", 1));
    library.put("r", 1, values("/a", 2));
    library.put("x", 1, values("/b", 2));
    library.delete("x", 1);
    let restored = (values("/b", 1), at);
    check(&library, &[(None, 4)], [(Nothing, None), (Restore, Some(restored))]);
    let (mut library, before) = with_one(values("/a", 1));
    library.put("r", 1, values("/a", 2));
    library.put("x", 1, values("/a", 3));
    library.delete("x", 1);
    check(&library, &[(None, 4)], [(Nothing, None), (Restore, Some(before))]);
}

#[test]
fn a_deleted_video_that_was_added_again_since_stays() {
    let (mut library, (_, _)) = with_one(values("/a", 1));
    library.delete("r", 1);
    library.put("x", 1, with_facts(values("/b", 2)));
    let (now, at) = state(&library).unwrap();
    let overwritten = (Update, Some((values("/a", 1), at)));
    check(&library, &[(None, 3)], [(Nothing, Some((now, at))), overwritten]);
}

#[test]
fn a_video_that_came_and_went_is_nothing() {
    let mut library = Library::default();
    library.put("r", 1, values("/a", 1));
    library.put("x", 1, values("/a", 2));
    library.delete("r", 1);
    check(&library, &[], [(Nothing, None), (Nothing, None)]);
    library.put("x", 1, values("/a", 3));
    let now = state(&library);
    check(&library, &[], [(Nothing, now.clone()), (Nothing, now)]);
}

#[test]
fn a_path_that_another_video_has_by_now_is_never_taken() {
    let (mut library, (_, at)) = with_one(values("/a", 1));
    library.put("r", 1, values("/b", 2));
    library.put("x", 2, values("/a", 1));
    for policy in POLICIES {
        let (items, blocked) = library.plan("r", policy);
        let blocked: Vec<_> = blocked.iter().map(|it| (it.path.as_str(), it.by)).collect();
        assert_eq!(blocked, [("/a", id(2))]);
        let target = items[0].target.clone().unwrap();
        assert_eq!((target.values, target.created_at), (values("/b", 1), at));
    }
    library.delete("r", 1);
    for policy in POLICIES {
        let (items, blocked) = library.plan("r", policy);
        assert_eq!((blocked.len(), items[0].action()), (1, Nothing));
    }
}

#[test]
fn where_one_video_stays_the_others_do_not_get_its_path() {
    let mut library = Library::default();
    for (number, path) in [(1, "/a"), (2, "/b"), (3, "/c")] {
        library.put("earlier", number, values(path, 1));
    }
    for (number, path) in [(3, "/d"), (2, "/c"), (1, "/b")] {
        library.put("r", number, values(path, 1));
    }
    library.put("x", 4, values("/a", 1));
    let (items, blocked) = library.plan("r", UndoPolicy::Overwrite);
    assert!(items.iter().all(|item| item.action() == Nothing), "{items:?}");
    let mut blocked: Vec<_> = blocked.iter().map(|it| (items[it.item].id, it.by)).collect();
    blocked.sort();
    assert_eq!(blocked, [(id(1), id(4)), (id(2), id(1)), (id(3), id(2))]);
}

#[test]
fn of_two_restored_videos_at_one_path_the_last_one_gets_it() {
    let (mut library, _) = with_one(values("/a", 1));
    library.delete("r", 1);
    library.put("x", 2, values("/a", 2));
    library.delete("r", 2);
    let (items, blocked) = library.plan("r", UndoPolicy::Refuse);
    let actions: Vec<_> = items.iter().map(UndoItem::action).collect();
    assert_eq!(actions, [Nothing, Restore]);
    assert_eq!((items[blocked[0].item].id, blocked[0].by), (id(1), id(2)));
}

#[test]
fn the_changes_are_those_from_the_present_values() {
    let (mut library, _) = with_one(values("/a", 1));
    library.put("r", 1, values("/b", 2));
    library.put("x", 1, values("/b", 3));
    let fields = |policy| {
        let changes = item(&library, policy).changes();
        changes.iter().map(|change| change.field).collect::<Vec<_>>()
    };
    assert_eq!(fields(UndoPolicy::KeepLater), [Path]);
    assert_eq!(fields(UndoPolicy::Overwrite), [Path, Width]);
}

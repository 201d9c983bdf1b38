//! Random histories: an undo gives the state before the request.

use std::collections::BTreeMap;

use super::library::{Library, State, id, values, with_facts};
use crate::domain::chance::Chance;
use crate::domain::undo::UndoPolicy;
use crate::domain::{Text, VideoField, VideoId, VideoValues};

const VIDEOS: [u8; 6] = [1, 2, 3, 4, 5, 6];

fn random_values(chance: &mut Chance, path: &str) -> VideoValues {
    let mut values = values(path, 1 + i32::try_from(chance.below(3)).unwrap());
    if chance.one_in(3) {
        values.thumbnail_path = Some(Text::new("/t.jpg").unwrap());
    }
    if chance.one_in(3) { with_facts(values) } else { values }
}

fn change(library: &mut Library, request: &str, chance: &mut Chance) {
    let number = chance.pick(&VIDEOS).unwrap();
    let path = format!("/{}", chance.below(8));
    let holder = library.holder(&Text::new(&path).unwrap());
    let is_free = holder.is_none_or(|holder| holder == id(number));
    match (chance.below(4), library.state().get(&id(number))) {
        (0, _) => library.delete(request, number),
        (1, Some(_)) => swap(library, request, number, holder),
        (_, standing) => {
            let path = match standing {
                Some((values, _)) if !is_free => values.path.as_str().to_owned(),
                None if !is_free => return,
                _ => path,
            };
            let values = random_values(chance, &path);
            library.put(request, number, values);
        }
    }
}

/// Two videos at each other's paths, by way of a third path.
fn swap(library: &mut Library, request: &str, number: u8, other: Option<VideoId>) {
    let state = library.state();
    let Some(other) = other.filter(|other| *other != id(number)) else { return };
    let ((mut one, at), (mut two, since)) = (state[&id(number)].clone(), state[&other].clone());
    std::mem::swap(&mut one.path, &mut two.path);
    let aside = VideoValues { path: Text::new("/aside").unwrap(), ..one.clone() };
    library.change(request, id(number), Some((aside, at)));
    library.change(request, other, Some((two, since)));
    library.change(request, id(number), Some((one, at)));
}

fn changes(library: &mut Library, request: &str, count: u64, chance: &mut Chance) {
    (0..=chance.below(count)).for_each(|_| change(library, request, chance));
}

#[test]
fn an_undo_gives_the_state_before_the_request_and_its_undo_the_one_after_it() {
    for seed in 0..300 {
        let mut chance = Chance::new(seed);
        let mut library = Library::default();
        changes(&mut library, "earlier", 20, &mut chance);
        let before = library.state();
        changes(&mut library, "request", 12, &mut chance);
        let after = library.state();
        library.undo("request", "undo");
        assert_eq!(library.state(), before, "seed {seed}");
        library.undo("undo", "redo");
        assert_eq!(library.state(), after, "seed {seed}");
        library.undo("redo", "undo again");
        assert_eq!(library.state(), before, "seed {seed}");
    }
}

#[test]
fn what_was_changed_later_stays_and_what_was_not_is_undone() {
    let mut conflicts = 0;
    for seed in 0..300 {
        let mut chance = Chance::new(seed);
        let mut library = Library::default();
        changes(&mut library, "earlier", 20, &mut chance);
        let before = library.state();
        changes(&mut library, "request", 12, &mut chance);
        changes(&mut library, "later", 6, &mut chance);
        let now = library.state();
        let (items, blocked) = library.plan("request", UndoPolicy::KeepLater);
        conflicts += items.iter().filter(|item| !item.conflicts.is_empty()).count();
        for item in &items {
            for conflict in &item.conflicts {
                assert_eq!(conflict.entry.request_id.as_deref(), Some("later"), "seed {seed}");
            }
        }
        let is_blocked = |id| blocked.iter().any(|blocked| items[blocked.item].id == id);
        let has_conflict = |id, field| {
            let mut items = items.iter().filter(|item| item.id == id);
            items.any(|item| item.conflicts.iter().any(|it| it.field.is_none_or(|it| it == field)))
        };
        let mut undone = library.clone();
        undone.apply("undo", items.clone());
        let undone = undone.state();
        for item in &items {
            let of = |state: &BTreeMap<VideoId, State>| {
                state.get(&item.id).map(|(values, _)| values.width)
            };
            if has_conflict(item.id, VideoField::Width) {
                assert_eq!(of(&undone), of(&now), "seed {seed}");
            } else if item.conflicts.is_empty() && !is_blocked(item.id) {
                let touched = library.log.iter().any(|entry| {
                    entry.entity_id == item.id && entry.request_id.as_deref() == Some("later")
                });
                assert!(touched || of(&undone) == of(&before), "seed {seed}");
            }
        }
        library.apply("overwritten", library.plan("request", UndoPolicy::Overwrite).0);
    }
    assert!(conflicts > 100, "{conflicts} conflicts");
}

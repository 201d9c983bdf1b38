//! Library roots.

use reelgraph::domain::catalogue::{Root, RootLook};
use reelgraph::repository::VideoRepository;

use super::{revision, root, root_id};
use crate::support::videos::{second, text};

contract_suite! {
    cases:
        roots_are_listed_by_name,
        a_name_and_a_prefix_belong_to_one_root,
        a_root_can_be_elsewhere,
        a_look_is_noted,
        the_latest_promise_of_a_server_stands,
        the_latest_promise_to_watch_stands_until_it_is_taken_back,
        roots_that_are_not_there_are_not_changed;
}

async fn roots_are_listed_by_name(store: &dyn VideoRepository) {
    let catalogue = store.catalogue();
    assert_eq!(catalogue.roots().await.unwrap(), []);
    let look = RootLook { fault: Some("It is not there.".into()), device: Some(u64::MAX) };
    let odd = Root {
        directory: b"/mnt/\xff\x00'".to_vec(),
        look,
        served_until: Some(second(5)),
        watched_until: Some(second(4)),
        ..root(1, "a")
    };
    let roots = [root(3, "Z"), odd, root(2, "é")];
    for root in [&roots[2], &roots[0], &roots[1]] {
        assert!(catalogue.add_root(root).await.unwrap());
    }
    assert_eq!(catalogue.roots().await.unwrap(), roots);
    assert_eq!(revision(store).await, 3);
}

async fn a_name_and_a_prefix_belong_to_one_root(store: &dyn VideoRepository) {
    let catalogue = store.catalogue();
    let first = root(1, "films");
    assert!(catalogue.add_root(&first).await.unwrap());
    let same_name = Root { name: first.name.clone(), ..root(2, "clips") };
    let same_prefix = Root { path_prefix: first.path_prefix.clone(), ..root(2, "clips") };
    for taken in [same_name, same_prefix] {
        assert!(!catalogue.add_root(&taken).await.unwrap());
    }
    assert_eq!(catalogue.roots().await.unwrap(), [first]);
    assert_eq!(revision(store).await, 1);
    let long = Root { path_prefix: text(&"/long".repeat(800)), ..root(2, "long") };
    assert!(catalogue.add_root(&long).await.unwrap());
    assert!(!catalogue.add_root(&Root { name: "other".parse().unwrap(), ..long }).await.unwrap());
}

async fn a_root_can_be_elsewhere(store: &dyn VideoRepository) {
    let catalogue = store.catalogue();
    let (moved, other) = (root(1, "films"), root(2, "clips"));
    for root in [&moved, &other] {
        assert!(catalogue.add_root(root).await.unwrap());
    }
    let there = Root { directory: b"/other".to_vec(), ..moved };
    for _ in 0..2 {
        catalogue.move_root(there.id, b"/other").await.unwrap();
        assert_eq!(catalogue.roots().await.unwrap(), [other.clone(), there.clone()]);
        assert_eq!(revision(store).await, 3);
    }
}

async fn a_look_is_noted(store: &dyn VideoRepository) {
    let catalogue = store.catalogue();
    let root = root(1, "films");
    assert!(catalogue.add_root(&root).await.unwrap());
    let look = RootLook { fault: Some("No.".into()), device: None };
    for _ in 0..2 {
        catalogue.note_look(root.id, &look, None).await.unwrap();
        let expected = Root { look: look.clone(), ..root.clone() };
        assert_eq!(catalogue.roots().await.unwrap(), [expected]);
        assert_eq!(revision(store).await, 2);
    }
    let look = RootLook { fault: None, device: Some(1 << 63) };
    catalogue.note_look(root.id, &look, Some(second(9))).await.unwrap();
    // A server that has promised less does not take it back.
    catalogue.note_look(root.id, &look, Some(second(8))).await.unwrap();
    let served = Root { look: look.clone(), served_until: Some(second(9)), ..root.clone() };
    assert_eq!(catalogue.roots().await.unwrap(), [served]);
    assert_eq!(revision(store).await, 3);
    catalogue.note_look(root.id, &look, None).await.unwrap();
    assert_eq!(catalogue.roots().await.unwrap(), [Root { look, ..root }]);
    assert_eq!(revision(store).await, 4);
}

async fn the_latest_promise_of_a_server_stands(store: &dyn VideoRepository) {
    let catalogue = store.catalogue();
    for root in [root(1, "a"), root(2, "b"), root(3, "c")] {
        assert!(catalogue.add_root(&root).await.unwrap());
    }
    let before = revision(store).await;
    catalogue.serve(&[root_id(1), root_id(2)], second(5)).await.unwrap();
    catalogue.serve(&[root_id(2), root_id(3)], second(7)).await.unwrap();
    catalogue.serve(&[root_id(3)], second(6)).await.unwrap();
    let roots = catalogue.roots().await.unwrap();
    let until: Vec<_> = roots.iter().map(|root| root.served_until).collect();
    assert_eq!(until, [5, 7, 7].map(|at| Some(second(at))));
    catalogue.serve(&[], second(9)).await.unwrap();
    assert_eq!(catalogue.roots().await.unwrap(), roots);
    // Servers promise all the time.
    assert_eq!(revision(store).await, before);
}

async fn the_latest_promise_to_watch_stands_until_it_is_taken_back(store: &dyn VideoRepository) {
    let catalogue = store.catalogue();
    for root in [root(1, "a"), root(2, "b")] {
        assert!(catalogue.add_root(&root).await.unwrap());
    }
    let before = revision(store).await;
    for (until, expected) in
        [(None, None), (Some(5), Some(5)), (Some(4), Some(5)), (Some(6), Some(6))]
    {
        catalogue.watch(root_id(1), until.map(second)).await.unwrap();
        let roots = catalogue.roots().await.unwrap();
        let until: Vec<_> = roots.iter().map(|root| root.watched_until).collect();
        assert_eq!(until, [expected.map(second), None]);
    }
    // Looks and other promises leave it as it is.
    catalogue.serve(&[root_id(1)], second(9)).await.unwrap();
    assert_eq!(revision(store).await, before);
    let look = RootLook { fault: None, device: Some(3) };
    catalogue.note_look(root_id(1), &look, Some(second(9))).await.unwrap();
    let watched = |roots: Vec<Root>| roots[0].watched_until;
    assert_eq!(watched(catalogue.roots().await.unwrap()), Some(second(6)));
    catalogue.watch(root_id(1), None).await.unwrap();
    assert_eq!(watched(catalogue.roots().await.unwrap()), None);
}

async fn roots_that_are_not_there_are_not_changed(store: &dyn VideoRepository) {
    let catalogue = store.catalogue();
    catalogue.move_root(root_id(1), b"/a").await.unwrap();
    catalogue.note_look(root_id(1), &RootLook::default(), Some(second(1))).await.unwrap();
    catalogue.serve(&[root_id(1)], second(1)).await.unwrap();
    catalogue.watch(root_id(1), Some(second(1))).await.unwrap();
    assert_eq!((catalogue.roots().await.unwrap(), revision(store).await), (vec![], 0));
}

//! The problems of files and folders.

use std::slice;

use reelgraph::domain::catalogue::{FileMark, Problem, ProblemCode};
use reelgraph::domain::{Page, PageRequest};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::catalogue::NotedProblem;

use super::{mark, revision, root, root_id, with_root};
use crate::support::clock::counted_id;
use crate::support::videos::second;

contract_suite! {
    cases:
        problems_are_kept_by_path,
        a_problem_keeps_the_time_when_it_was_first_seen,
        problems_are_removed_by_path,
        problems_are_paged_by_path,
        long_paths_have_problems;
}

fn noted(path: &[u8], code: ProblemCode, at: i64) -> NotedProblem {
    NotedProblem {
        path: path.to_vec(),
        problem: Problem::new(code),
        since: second(at),
        mark: None,
        candidates: Vec::new(),
    }
}

async fn problems_are_kept_by_path(store: &dyn VideoRepository) {
    let root_of_films = with_root(store).await;
    let catalogue = store.catalogue();
    assert!(catalogue.add_root(&root(2, "clips")).await.unwrap());
    let before = revision(store).await;
    let marked = NotedProblem {
        mark: Some(FileMark { size: u64::MAX, ..mark(1) }),
        ..noted(b"a\xff\x00'\"", ProblemCode::NameNotUtf8, 1)
    };
    let ambiguous = NotedProblem {
        candidates: vec![counted_id(2), counted_id(1)],
        problem: Problem::reported(ProblemCode::AmbiguousMove, "it's \"odd\""),
        ..noted(b"b", ProblemCode::AmbiguousMove, 2)
    };
    let both = [marked, ambiguous];
    catalogue
        .change_problems(root_of_films, &[both[1].clone(), both[0].clone()], &[])
        .await
        .unwrap();
    assert_eq!(catalogue.all_problems(root_of_films).await.unwrap(), both);
    assert_eq!(catalogue.count_problems(root_of_films).await.unwrap(), 2);
    assert_eq!(revision(store).await, before + 1);
    let other = [noted(b"b", ProblemCode::NoDuration, 3)];
    catalogue.change_problems(root_id(2), &other, &[]).await.unwrap();
    assert_eq!(catalogue.all_problems(root_id(2)).await.unwrap(), other);
    assert_eq!(catalogue.all_problems(root_of_films).await.unwrap(), both);
    let before = revision(store).await;
    catalogue.change_problems(root_of_films, &both, &[]).await.unwrap();
    catalogue.change_problems(root_of_films, &[], &[b"c".to_vec()]).await.unwrap();
    catalogue.change_problems(root_of_films, &[], &[]).await.unwrap();
    assert_eq!(revision(store).await, before);
    assert_eq!(catalogue.count_problems(root_id(3)).await.unwrap(), 0);
}

async fn a_problem_keeps_the_time_when_it_was_first_seen(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let catalogue = store.catalogue();
    for (code, at, since) in [
        (ProblemCode::ReadFailed, 1, 1),
        (ProblemCode::ReadFailed, 2, 1),
        (ProblemCode::TimedOut, 3, 3),
        (ProblemCode::ReadFailed, 4, 4),
    ] {
        catalogue.change_problems(root, &[noted(b"a", code, at)], &[]).await.unwrap();
        let expected = [noted(b"a", code, since)];
        assert_eq!(catalogue.all_problems(root).await.unwrap(), expected);
    }
    let before = revision(store).await;
    // What else is known of it is replaced.
    let problem = Problem::reported(ProblemCode::ReadFailed, "again");
    let marked =
        NotedProblem { problem, mark: Some(mark(1)), ..noted(b"a", ProblemCode::ReadFailed, 5) };
    catalogue.change_problems(root, slice::from_ref(&marked), &[]).await.unwrap();
    let expected = [NotedProblem { since: second(4), ..marked }];
    assert_eq!(catalogue.all_problems(root).await.unwrap(), expected);
    assert_eq!(revision(store).await, before + 1);
}

async fn problems_are_removed_by_path(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let catalogue = store.catalogue();
    let [a, b, c] = [b"a", b"b", b"c"].map(|path| noted(path, ProblemCode::NotAFile, 1));
    catalogue.change_problems(root, &[a.clone(), b.clone()], &[]).await.unwrap();
    let before = revision(store).await;
    let removed = [b"a".to_vec(), b"nothing".to_vec()];
    catalogue.change_problems(root, slice::from_ref(&c), &removed).await.unwrap();
    assert_eq!(catalogue.all_problems(root).await.unwrap(), [b, c]);
    assert_eq!(revision(store).await, before + 1);
}

async fn problems_are_paged_by_path(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let catalogue = store.catalogue();
    let paths: Vec<Vec<u8>> =
        [&b"\x00"[..], b"B", b"a", b"a/b", b"a0", b"\xff"].map(Vec::from).into();
    let problems: Vec<_> =
        paths.iter().map(|path| noted(path, ProblemCode::LinkBroken, 1)).collect();
    catalogue.change_problems(root, &problems, &[]).await.unwrap();
    let mut places: Vec<_> = paths.iter().cloned().map(Some).collect();
    places.extend([None, Some(b"a/".to_vec()), Some(b"".to_vec()), Some(b"\xff\xff".to_vec())]);
    for place in places {
        for limit in [0, 1, 2, 10] {
            let (after, before) = (place.clone(), place.clone());
            for request in [
                PageRequest::Forward { limit, after: after.clone() },
                PageRequest::Forward { limit, after }.skipping(2),
                PageRequest::Backward { limit, before },
            ] {
                let page = catalogue.problems(root, &request).await.unwrap();
                let expected =
                    Page::cut(&problems, &request, |problem, path| problem.path.cmp(path));
                assert_eq!(page, expected, "{request:?}");
            }
        }
    }
}

async fn long_paths_have_problems(store: &dyn VideoRepository) {
    let root = with_root(store).await;
    let catalogue = store.catalogue();
    // No two parts of it are alike, so that nothing makes it shorter.
    let long: Vec<u8> = (0..4000_u32)
        .flat_map(|part| (part.wrapping_mul(2_654_435_761) % 65_521).to_be_bytes())
        .collect();
    let problem = noted(&long, ProblemCode::NameTooLong, 1);
    for _ in 0..2 {
        catalogue.change_problems(root, slice::from_ref(&problem), &[]).await.unwrap();
        assert_eq!(catalogue.all_problems(root).await.unwrap(), slice::from_ref(&problem));
    }
    catalogue.change_problems(root, &[], &[long]).await.unwrap();
    assert_eq!(catalogue.all_problems(root).await.unwrap(), []);
}

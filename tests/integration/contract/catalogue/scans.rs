//! Scans: those that wait, run and have ended.

use reelgraph::domain::catalogue::{
    RootId, RunnerId, ScanCounts, ScanEnd, ScanId, ScanJob, ScanOrder, ScanPhase, ScanState,
};
use reelgraph::domain::{Page, PageRequest};
use reelgraph::repository::VideoRepository;
use reelgraph::repository::catalogue::{
    Catalogue, Instruction, Lease, ScanFilter, ScanPlace, ScanReport,
};

use super::{revision, root, root_id, with_root};
use crate::support::videos::second;

contract_suite! {
    cases:
        a_scan_is_queued_and_kept,
        an_order_joins_an_equal_one_that_waits,
        who_confirms_something_joins_nobody,
        the_oldest_scan_begins_first,
        one_scan_of_a_root_runs_at_a_time,
        two_runners_do_not_begin_the_same_scan,
        a_scan_whose_lease_is_over_is_interrupted,
        whoever_serves_the_library_interrupts_scans_whose_lease_is_over,
        a_running_scan_reports_how_it_stands,
        a_scan_that_waits_is_cancelled_at_once,
        the_runner_of_a_cancelled_scan_is_asked_to_stop,
        a_scan_is_ended_by_its_runner_alone,
        scans_are_paged_from_the_newest_on,
        scans_are_filtered;
}

fn scan_id(number: u8) -> ScanId {
    ScanId::from_bytes([number; 16])
}

fn order(root: u8) -> ScanOrder {
    ScanOrder {
        root: root_id(root),
        paths: Vec::new(),
        rescan: false,
        confirmed_missing: None,
        requested_by: None,
    }
}

fn lease(runner: u8, until: i64) -> Lease {
    Lease { runner: RunnerId::from_bytes([runner; 16]), until: second(until) }
}

fn report(phase: ScanPhase, seen: u64) -> ScanReport {
    let counts = ScanCounts { seen, problems: u64::MAX, ..ScanCounts::default() };
    ScanReport { phase, progress: Some(0.1), counts }
}

fn end(state: ScanState) -> ScanEnd {
    let counts = ScanCounts { seen: 7, ..ScanCounts::default() };
    ScanEnd { state, counts, message: Some("Do \"this\".".into()) }
}

/// Adds the roots 1 and 2.
async fn with_roots(store: &dyn VideoRepository) -> [RootId; 2] {
    with_root(store).await;
    assert!(store.catalogue().add_root(&root(2, "clips")).await.unwrap());
    [root_id(1), root_id(2)]
}

async fn queue(catalogue: &dyn Catalogue, number: u8, root: u8, at: i64) -> ScanJob {
    catalogue.queue(scan_id(number), &order(root), second(at)).await.unwrap()
}

/// Begins a scan of these roots by this runner. Its lease lasts ten seconds.
async fn begin(
    catalogue: &dyn Catalogue,
    roots: &[RootId],
    runner: u8,
    at: i64,
) -> Option<ScanJob> {
    catalogue.begin(roots, lease(runner, at + 10), second(at)).await.unwrap()
}

async fn state(catalogue: &dyn Catalogue, number: u8) -> ScanState {
    catalogue.scan(scan_id(number)).await.unwrap().unwrap().state
}

async fn a_scan_is_queued_and_kept(store: &dyn VideoRepository) {
    with_root(store).await;
    let (catalogue, before) = (store.catalogue(), revision(store).await);
    let order = ScanOrder {
        paths: vec!["a/\"b\"".into(), "é".into()],
        rescan: true,
        confirmed_missing: Some(u64::MAX),
        requested_by: Some("ana".into()),
        ..order(1)
    };
    let queued = catalogue.queue(scan_id(1), &order, second(1)).await.unwrap();
    assert_eq!(queued, ScanJob::queued(scan_id(1), order, second(1)));
    assert_eq!(catalogue.scan(scan_id(1)).await.unwrap(), Some(queued));
    assert_eq!(catalogue.scan(scan_id(2)).await.unwrap(), None);
    assert_eq!(revision(store).await, before + 1);
}

async fn an_order_joins_an_equal_one_that_waits(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    let first = queue(&*catalogue, 1, 1, 1).await;
    let before = revision(store).await;
    let again = ScanOrder { requested_by: Some("ana".into()), ..order(1) };
    assert_eq!(catalogue.queue(scan_id(2), &again, second(2)).await.unwrap(), first);
    assert_eq!(revision(store).await, before);
    let others = [
        order(2),
        ScanOrder { rescan: true, ..order(1) },
        ScanOrder { paths: vec!["a".into()], ..order(1) },
    ];
    for (other, number) in others.iter().zip(3..) {
        let queued = catalogue.queue(scan_id(number), other, second(3)).await.unwrap();
        assert_eq!(queued.id, scan_id(number));
    }
    // It has begun, and may have been past what was to be looked at.
    assert_eq!(begin(&*catalogue, &roots, 1, 4).await.unwrap().id, scan_id(1));
    assert_eq!(queue(&*catalogue, 6, 1, 5).await.id, scan_id(6));
}

async fn who_confirms_something_joins_nobody(store: &dyn VideoRepository) {
    with_root(store).await;
    let catalogue = store.catalogue();
    let confirming = ScanOrder { confirmed_missing: Some(3), ..order(1) };
    for (order, number) in [(&confirming, 1), (&confirming, 2), (&order(1), 3), (&confirming, 4)] {
        let queued = catalogue.queue(scan_id(number), order, second(1)).await.unwrap();
        assert_eq!(queued.id, scan_id(number));
    }
}

async fn the_oldest_scan_begins_first(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    assert_eq!(begin(&*catalogue, &roots, 1, 1).await, None);
    for (number, root, at) in [(1, 1, 5), (2, 2, 4)] {
        queue(&*catalogue, number, root, at).await;
    }
    let before = revision(store).await;
    assert_eq!(begin(&*catalogue, &[root_id(3)], 1, 6).await, None);
    assert_eq!(begin(&*catalogue, &[], 1, 6).await, None);
    assert_eq!(revision(store).await, before);
    let begun = begin(&*catalogue, &roots, 1, 6).await.unwrap();
    let queued = ScanJob::queued(scan_id(2), order(2), second(4));
    let expected = ScanJob { state: ScanState::Running, started_at: Some(second(6)), ..queued };
    assert_eq!(begun, expected);
    assert_eq!(catalogue.scan(begun.id).await.unwrap(), Some(begun));
    assert_eq!(revision(store).await, before + 1);
    assert_eq!(begin(&*catalogue, &roots, 2, 7).await.unwrap().id, scan_id(1));
}

async fn one_scan_of_a_root_runs_at_a_time(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    queue(&*catalogue, 1, 1, 1).await;
    assert_eq!(begin(&*catalogue, &roots, 1, 2).await.unwrap().id, scan_id(1));
    queue(&*catalogue, 2, 1, 3).await;
    assert_eq!(begin(&*catalogue, &roots, 1, 4).await, None);
    assert_eq!(begin(&*catalogue, &roots, 2, 4).await, None);
    queue(&*catalogue, 3, 2, 5).await;
    assert_eq!(begin(&*catalogue, &roots, 1, 6).await.unwrap().id, scan_id(3));
    let runner = lease(1, 0).runner;
    catalogue.end(scan_id(1), &end(ScanState::Succeeded), runner, second(7)).await.unwrap();
    assert_eq!(begin(&*catalogue, &roots, 2, 8).await.unwrap().id, scan_id(2));
}

async fn two_runners_do_not_begin_the_same_scan(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    for number in [1, 2] {
        queue(&*catalogue, number, number, 1).await;
    }
    let runners = (1..=8).map(|runner| begin(&*catalogue, &roots, runner, 2));
    let begun = futures_util::future::join_all(runners).await;
    let mut ids: Vec<_> = begun.into_iter().flatten().map(|job| job.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, [scan_id(1), scan_id(2)]);
}

async fn a_scan_whose_lease_is_over_is_interrupted(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    queue(&*catalogue, 1, 1, 1).await;
    begin(&*catalogue, &roots, 1, 2).await.unwrap();
    let first = report(ScanPhase::Walking, 1);
    catalogue.report(scan_id(1), &first, lease(1, 20)).await.unwrap();
    queue(&*catalogue, 2, 1, 3).await;
    assert_eq!(begin(&*catalogue, &roots, 2, 20).await, None);
    // Whoever serves another root leaves it alone.
    assert_eq!(begin(&*catalogue, &roots[1..], 2, 21).await, None);
    assert_eq!(state(&*catalogue, 1).await, ScanState::Running);
    assert_eq!(begin(&*catalogue, &roots, 2, 21).await.unwrap().id, scan_id(2));
    let interrupted = catalogue.scan(scan_id(1)).await.unwrap().unwrap();
    assert_eq!(interrupted.state, ScanState::Interrupted);
    assert_eq!((interrupted.phase, interrupted.ended_at), (None, Some(second(21))));
    assert_eq!(interrupted.counts, first.counts);
    let late = catalogue.report(scan_id(1), &first, lease(1, 40)).await.unwrap();
    assert_eq!(late, Instruction::Lost);
    // One that is over is interrupted even if nothing waits.
    assert_eq!(begin(&*catalogue, &roots, 1, 50).await, None);
    assert_eq!(state(&*catalogue, 2).await, ScanState::Interrupted);
}

async fn whoever_serves_the_library_interrupts_scans_whose_lease_is_over(
    store: &dyn VideoRepository,
) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    for (number, until) in [(1, 20), (2, 30)] {
        queue(&*catalogue, number, number, 1).await;
        let lease = lease(number, until);
        catalogue.begin(&[root_id(number)], lease, second(2)).await.unwrap().unwrap();
    }
    queue(&*catalogue, 3, 1, 3).await;
    let (before, roots_before) = (revision(store).await, catalogue.roots().await.unwrap());
    catalogue.interrupt(second(20)).await.unwrap();
    assert_eq!(state(&*catalogue, 1).await, ScanState::Running);
    assert_eq!(revision(store).await, before);
    catalogue.interrupt(second(21)).await.unwrap();
    let interrupted = catalogue.scan(scan_id(1)).await.unwrap().unwrap();
    assert_eq!(interrupted.state, ScanState::Interrupted);
    assert_eq!((interrupted.phase, interrupted.ended_at), (None, Some(second(21))));
    assert_eq!(state(&*catalogue, 2).await, ScanState::Running);
    assert_eq!(state(&*catalogue, 3).await, ScanState::Queued);
    assert_eq!(revision(store).await, before + 1);
    catalogue.interrupt(second(22)).await.unwrap();
    assert_eq!(revision(store).await, before + 1);
    assert_eq!(catalogue.roots().await.unwrap(), roots_before);
    // What waits is begun as ever.
    assert_eq!(begin(&*catalogue, &roots, 3, 23).await.unwrap().id, scan_id(3));
}

async fn a_running_scan_reports_how_it_stands(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    queue(&*catalogue, 1, 1, 1).await;
    let first = report(ScanPhase::Reading, 3);
    for runner in [1, 2] {
        let lost = catalogue.report(scan_id(1), &first, lease(runner, 20)).await.unwrap();
        assert_eq!(lost, Instruction::Lost);
    }
    let begun = begin(&*catalogue, &roots, 1, 2).await.unwrap();
    let before = revision(store).await;
    for until in [20, 21] {
        let go_on = catalogue.report(scan_id(1), &first, lease(1, until)).await.unwrap();
        assert_eq!(go_on, Instruction::GoOn);
        let ScanReport { phase, progress, counts } = first.clone();
        let expected = ScanJob { phase: Some(phase), progress, counts, ..begun.clone() };
        assert_eq!(catalogue.scan(scan_id(1)).await.unwrap(), Some(expected));
        assert_eq!(revision(store).await, before + 1);
    }
    let stranger = catalogue.report(scan_id(1), &first, lease(2, 30)).await.unwrap();
    assert_eq!(stranger, Instruction::Lost);
    let unknown = ScanReport { progress: None, ..report(ScanPhase::Marking, 4) };
    catalogue.report(scan_id(1), &unknown, lease(1, 22)).await.unwrap();
    let job = catalogue.scan(scan_id(1)).await.unwrap().unwrap();
    assert_eq!((job.phase, job.progress), (Some(ScanPhase::Marking), None));
    assert_eq!(revision(store).await, before + 2);
}

async fn a_scan_that_waits_is_cancelled_at_once(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    assert_eq!(catalogue.cancel(scan_id(1), second(1)).await.unwrap(), None);
    let queued = queue(&*catalogue, 1, 1, 1).await;
    let before = revision(store).await;
    let ended_at = Some(second(2));
    let expected = ScanJob { state: ScanState::Cancelled, ended_at, ..queued };
    for at in [2, 3] {
        let cancelled = catalogue.cancel(scan_id(1), second(at)).await.unwrap();
        assert_eq!(cancelled.as_ref(), Some(&expected));
        assert_eq!(catalogue.scan(scan_id(1)).await.unwrap(), cancelled);
        assert_eq!(revision(store).await, before + 1);
    }
    assert_eq!(begin(&*catalogue, &roots, 1, 4).await, None);
}

async fn the_runner_of_a_cancelled_scan_is_asked_to_stop(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    queue(&*catalogue, 1, 1, 1).await;
    let begun = begin(&*catalogue, &roots, 1, 2).await.unwrap();
    let before = revision(store).await;
    let expected = ScanJob { is_cancelled: true, ..begun };
    for _ in 0..2 {
        let cancelled = catalogue.cancel(scan_id(1), second(3)).await.unwrap();
        assert_eq!(cancelled.as_ref(), Some(&expected));
        assert_eq!(revision(store).await, before + 1);
    }
    let told = report(ScanPhase::Walking, 1);
    let instruction = catalogue.report(scan_id(1), &told, lease(1, 20)).await.unwrap();
    assert_eq!(instruction, Instruction::Cancel);
    let runner = lease(1, 0).runner;
    catalogue.end(scan_id(1), &end(ScanState::Cancelled), runner, second(5)).await.unwrap();
    let ended = catalogue.cancel(scan_id(1), second(6)).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.ended_at), (ScanState::Cancelled, Some(second(5))));
}

async fn a_scan_is_ended_by_its_runner_alone(store: &dyn VideoRepository) {
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    queue(&*catalogue, 1, 1, 1).await;
    let begun = begin(&*catalogue, &roots, 1, 2).await.unwrap();
    catalogue.report(scan_id(1), &report(ScanPhase::Reading, 1), lease(1, 20)).await.unwrap();
    let before = revision(store).await;
    let [its, another] = [1, 2].map(|runner| lease(runner, 0).runner);
    let how = end(ScanState::NeedsConfirmation);
    catalogue.end(scan_id(1), &how, another, second(3)).await.unwrap();
    catalogue.end(scan_id(9), &how, its, second(3)).await.unwrap();
    assert_eq!((state(&*catalogue, 1).await, revision(store).await), (ScanState::Running, before));
    for at in [4, 5] {
        catalogue.end(scan_id(1), &how, its, second(at)).await.unwrap();
        let expected = ScanJob {
            state: how.state,
            counts: how.counts,
            message: how.message.clone(),
            ended_at: Some(second(4)),
            ..begun.clone()
        };
        assert_eq!(catalogue.scan(scan_id(1)).await.unwrap(), Some(expected));
        assert_eq!(revision(store).await, before + 1);
    }
    let late = report(ScanPhase::Reading, 1);
    let instruction = catalogue.report(scan_id(1), &late, lease(1, 20)).await.unwrap();
    assert_eq!(instruction, Instruction::Lost);
}

async fn scans_are_paged_from_the_newest_on(store: &dyn VideoRepository) {
    with_root(store).await;
    let catalogue = store.catalogue();
    let mut jobs = Vec::new();
    for (number, at) in [(3, 1), (1, 2), (2, 2), (5, 2), (4, 3)] {
        let order = ScanOrder { paths: vec![number.to_string()], ..order(1) };
        jobs.push(catalogue.queue(scan_id(number), &order, second(at)).await.unwrap());
    }
    jobs.sort_unstable_by_key(|job| std::cmp::Reverse(ScanPlace::of(job)));
    let mut places: Vec<_> = jobs.iter().map(ScanPlace::of).map(Some).collect();
    let between = ScanPlace { created_at: second(2), id: scan_id(4) };
    places.extend([None, Some(between), Some(ScanPlace { created_at: second(9), ..between })]);
    places.push(Some(ScanPlace { created_at: second(0), ..between }));
    for place in places {
        for limit in [0, 1, 2, 10] {
            for request in [
                PageRequest::Forward { limit, after: place },
                PageRequest::Forward { limit, after: place }.skipping(2),
                PageRequest::Backward { limit, before: place },
            ] {
                let page = catalogue.scans(&ScanFilter::default(), &request).await.unwrap();
                let compare = |job: &ScanJob, place: &ScanPlace| place.cmp(&ScanPlace::of(job));
                assert_eq!(page, Page::cut(&jobs, &request, compare), "{request:?}");
            }
        }
    }
}

async fn scans_are_filtered(store: &dyn VideoRepository) {
    use ScanState::{Cancelled, Queued, Running};
    let roots = with_roots(store).await;
    let catalogue = store.catalogue();
    for (number, root) in [(1, 1), (2, 2), (3, 1), (4, 2)] {
        let order = ScanOrder { paths: vec![number.to_string()], ..order(root) };
        catalogue.queue(scan_id(number), &order, second(number.into())).await.unwrap();
    }
    begin(&*catalogue, &roots, 1, 9).await.unwrap();
    catalogue.cancel(scan_id(4), second(9)).await.unwrap();
    for (root, states, expected) in [
        (None, None, &[4, 3, 2, 1][..]),
        (Some(1), None, &[3, 1]),
        (Some(3), None, &[]),
        (None, Some(&[Queued][..]), &[3, 2]),
        (None, Some(&[Running, Cancelled]), &[4, 1]),
        (Some(2), Some(&[Cancelled, Queued]), &[4, 2]),
        (None, Some(&[]), &[]),
    ] {
        let states = states.map(<[ScanState]>::to_vec);
        let filter = ScanFilter { root: root.map(root_id), states };
        let all = catalogue.scans(&filter, &PageRequest::first(9)).await.unwrap();
        let ids: Vec<_> = all.items.iter().map(|job| job.id).collect();
        let expected: Vec<_> = expected.iter().map(|number| scan_id(*number)).collect();
        assert_eq!((&ids, all.has_next, all.has_previous), (&expected, false, false), "{filter:?}");
        let count = catalogue.count_scans(&filter).await.unwrap();
        assert_eq!(count, expected.len() as u64, "{filter:?}");
        if let Some(last) = all.items.last() {
            let before = Some(ScanPlace::of(last));
            let request = PageRequest::Backward { limit: 9, before };
            let page = catalogue.scans(&filter, &request).await.unwrap();
            assert_eq!((page.items.len() + 1, page.has_next), (ids.len(), true), "{filter:?}");
        }
    }
}

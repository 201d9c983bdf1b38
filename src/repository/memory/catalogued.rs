//! What the catalogue of a library in memory contains.

use std::collections::{BTreeMap, HashMap};

use crate::domain::catalogue::{
    FileNumber, KnownFile, Placement, Root, RootId, RunnerId, ScanEnd, ScanId, ScanJob, ScanOrder,
    ScanState,
};
use crate::domain::{Inode, Timestamp, VideoId};
use crate::repository::catalogue::{
    Instruction, Lease, NotedProblem, ScanFilter, ScanPlace, ScanReport,
};
use crate::repository::file_change::FileStep;

/// Roots, files, scans and problems.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogued {
    pub(super) revision: i64,
    /// By name.
    pub(super) roots: Vec<Root>,
    pub(super) files: BTreeMap<FileNumber, KnownFile>,
    at: HashMap<(RootId, Vec<u8>), FileNumber>,
    of: HashMap<VideoId, FileNumber>,
    last_number: i64,
    scans: Vec<Scan>,
    problems: BTreeMap<(RootId, Vec<u8>), NotedProblem>,
}

/// A scan, and who runs it.
#[derive(Clone, Debug)]
struct Scan {
    job: ScanJob,
    lease: Option<Lease>,
}

impl Scan {
    /// Whether it is running with a lease that is over.
    fn is_abandoned(&self, now: Timestamp) -> bool {
        self.job.state == ScanState::Running && self.lease.is_none_or(|lease| lease.until < now)
    }
}

impl Catalogued {
    pub(super) fn add_root(&mut self, root: &Root) -> bool {
        let is_taken =
            |other: &Root| other.name == root.name || other.path_prefix == root.path_prefix;
        if self.roots.iter().any(is_taken) {
            return false;
        }
        self.roots.push(root.clone());
        self.roots.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        self.revision += 1;
        true
    }

    pub(super) fn change_root(&mut self, id: RootId, change: impl FnOnce(&mut Root)) {
        if let Some(root) = self.roots.iter_mut().find(|root| root.id == id) {
            let before = root.clone();
            change(root);
            self.revision += i64::from(*root != before);
        }
    }

    pub(super) fn number_at(&self, root: RootId, path: &[u8]) -> Option<FileNumber> {
        self.at.get(&(root, path.to_vec())).copied()
    }

    pub(super) fn number_of(&self, id: VideoId) -> Option<FileNumber> {
        self.of.get(&id).copied()
    }

    pub(super) fn placement_of(&self, id: VideoId) -> Option<Placement> {
        Some(self.files.get(&self.number_of(id)?)?.placement())
    }

    /// The file of a video, whatever its paths are.
    pub(super) fn inode_of(&self, id: VideoId) -> Option<Inode> {
        let mark = self.files.get(&self.number_of(id)?)?.mark;
        Some(Inode { device: mark.device, number: mark.inode })
    }

    /// Carries out the steps of one transaction.
    pub(super) fn carry_out(&mut self, steps: &[FileStep]) {
        let mut has_changed = false;
        for step in steps {
            has_changed |= self.take(step);
        }
        self.revision += i64::from(has_changed);
    }

    fn take(&mut self, step: &FileStep) -> bool {
        match step {
            FileStep::Add(file) => {
                self.last_number += 1;
                self.put(FileNumber(self.last_number), file.clone());
            }
            FileStep::Put(number, file) => {
                self.remove(*number);
                self.put(*number, file.clone());
            }
            FileStep::Remove(number) => return self.remove(*number),
            FileStep::Unlink(id) => {
                let Some(number) = self.of.remove(id) else { return false };
                if let Some(file) = self.files.get_mut(&number) {
                    file.video = None;
                }
            }
            FileStep::Forget(id) => {
                return self.number_of(*id).is_some_and(|number| self.remove(number));
            }
        }
        true
    }

    fn put(&mut self, number: FileNumber, file: KnownFile) {
        self.at.insert((file.root, file.path.clone()), number);
        if let Some(id) = file.video {
            self.of.insert(id, number);
        }
        self.files.insert(number, file);
    }

    fn remove(&mut self, number: FileNumber) -> bool {
        let Some(file) = self.files.remove(&number) else { return false };
        self.at.remove(&(file.root, file.path));
        if let Some(id) = file.video {
            self.of.remove(&id);
        }
        true
    }

    pub(super) fn problems_of(&self, root: RootId) -> Vec<NotedProblem> {
        let of_root = self.problems.range((root, Vec::new())..);
        let of_root = of_root.take_while(|((other, _), _)| *other == root);
        of_root.map(|(_, problem)| problem.clone()).collect()
    }

    pub(super) fn change_problems(
        &mut self,
        root: RootId,
        noted: &[NotedProblem],
        removed: &[Vec<u8>],
    ) {
        let mut has_changed = false;
        for path in removed {
            has_changed |= self.problems.remove(&(root, path.clone())).is_some();
        }
        for problem in noted {
            let place = (root, problem.path.clone());
            let standing = self.problems.get(&place);
            let same = standing.filter(|it| it.problem.code == problem.problem.code);
            let since = same.map_or(problem.since, |same| same.since);
            let problem = NotedProblem { since, ..problem.clone() };
            has_changed |= standing != Some(&problem);
            self.problems.insert(place, problem);
        }
        self.revision += i64::from(has_changed);
    }

    pub(super) fn queue(&mut self, id: ScanId, order: &ScanOrder, at: Timestamp) -> ScanJob {
        let is_equal = |scan: &&Scan| {
            let other = &scan.job.order;
            scan.job.state == ScanState::Queued
                && (other.root, &other.paths, other.rescan, other.confirmed_missing)
                    == (order.root, &order.paths, order.rescan, order.confirmed_missing)
                && order.confirmed_missing.is_none()
        };
        if let Some(equal) = self.scans.iter().find(is_equal) {
            return equal.job.clone();
        }
        let job = ScanJob::queued(id, order.clone(), at);
        self.scans.push(Scan { job: job.clone(), lease: None });
        self.revision += 1;
        job
    }

    /// Whether a scan is running whose lease is over.
    pub(super) fn is_any_abandoned(&self, now: Timestamp) -> bool {
        self.scans.iter().any(|scan| scan.is_abandoned(now))
    }

    /// Ends the scans of these roots that are running with a lease that is over.
    pub(super) fn interrupt(&mut self, is_wanted: impl Fn(RootId) -> bool, now: Timestamp) {
        for scan in self.scans.iter_mut().filter(|scan| scan.is_abandoned(now)) {
            if is_wanted(scan.job.order.root) {
                scan.job.end(ScanState::Interrupted, now);
                self.revision += 1;
            }
        }
    }

    pub(super) fn begin(
        &mut self,
        roots: &[RootId],
        lease: Lease,
        now: Timestamp,
    ) -> Option<ScanJob> {
        self.interrupt(|root| roots.contains(&root), now);
        let running = self.scans.iter().filter(|scan| scan.job.state == ScanState::Running);
        let running: Vec<RootId> = running.map(|scan| scan.job.order.root).collect();
        let is_next = |scan: &&mut Scan| {
            let root = &scan.job.order.root;
            scan.job.state == ScanState::Queued && roots.contains(root) && !running.contains(root)
        };
        let queued = self.scans.iter_mut().filter(is_next);
        let next = queued.min_by_key(|scan| ScanPlace::of(&scan.job))?;
        next.job.state = ScanState::Running;
        next.job.started_at = Some(now);
        next.lease = Some(lease);
        self.revision += 1;
        Some(next.job.clone())
    }

    fn running(&mut self, id: ScanId, runner: RunnerId) -> Option<&mut Scan> {
        self.scans.iter_mut().find(|scan| {
            scan.job.id == id
                && scan.job.state == ScanState::Running
                && scan.lease.is_some_and(|lease| lease.runner == runner)
        })
    }

    pub(super) fn report(&mut self, id: ScanId, report: &ScanReport, lease: Lease) -> Instruction {
        let Some(scan) = self.running(id, lease.runner) else { return Instruction::Lost };
        let before = scan.job.clone();
        scan.lease = Some(lease);
        scan.job.phase = Some(report.phase);
        scan.job.progress = report.progress;
        scan.job.counts = report.counts;
        let instruction = match scan.job.is_cancelled {
            true => Instruction::Cancel,
            false => Instruction::GoOn,
        };
        let has_changed = scan.job != before;
        self.revision += i64::from(has_changed);
        instruction
    }

    pub(super) fn end(&mut self, id: ScanId, end: &ScanEnd, runner: RunnerId, at: Timestamp) {
        if let Some(scan) = self.running(id, runner) {
            scan.job.end(end.state, at);
            scan.job.counts = end.counts;
            scan.job.message.clone_from(&end.message);
            self.revision += 1;
        }
    }

    pub(super) fn cancel(&mut self, id: ScanId, at: Timestamp) -> Option<ScanJob> {
        let scan = self.scans.iter_mut().find(|scan| scan.job.id == id)?;
        let before = scan.job.clone();
        match scan.job.state {
            ScanState::Queued => scan.job.end(ScanState::Cancelled, at),
            ScanState::Running => scan.job.is_cancelled = true,
            _ => {}
        }
        let job = scan.job.clone();
        self.revision += i64::from(job != before);
        Some(job)
    }

    pub(super) fn scan(&self, id: ScanId) -> Option<&ScanJob> {
        self.scans.iter().map(|scan| &scan.job).find(|job| job.id == id)
    }

    /// The newest first.
    pub(super) fn scans(&self, filter: &ScanFilter) -> Vec<ScanJob> {
        let is_wanted = |job: &&ScanJob| {
            filter.root.is_none_or(|root| root == job.order.root)
                && filter.states.as_ref().is_none_or(|states| states.contains(&job.state))
        };
        let mut jobs: Vec<_> =
            self.scans.iter().map(|scan| &scan.job).filter(is_wanted).cloned().collect();
        jobs.sort_unstable_by_key(|job| std::cmp::Reverse(ScanPlace::of(job)));
        jobs
    }
}

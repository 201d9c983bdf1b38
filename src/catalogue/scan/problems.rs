//! The problems of a root, as they were noted and as a scan finds them.

use std::collections::{HashMap, HashSet};

use crate::domain::catalogue::{FileMark, Problem, ProblemCode};
use crate::domain::{Timestamp, VideoId};
use crate::repository::catalogue::NotedProblem;

/// The problems of a root.
#[derive(Debug, Default)]
pub(super) struct Problems {
    before: HashMap<Vec<u8>, NotedProblem>,
    now: HashMap<Vec<u8>, NotedProblem>,
    /// How many there are that no scan finds, and that none removes.
    others: usize,
}

/// What is different about the problems of a root after a scan.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) noted: Vec<NotedProblem>,
    pub(super) removed: Vec<Vec<u8>>,
}

impl Problems {
    /// Those that were noted before the scan.
    pub(super) fn new(before: Vec<NotedProblem>) -> Self {
        let (others, before): (Vec<_>, Vec<_>) =
            before.into_iter().partition(|noted| noted.problem.code == ProblemCode::WatchLimit);
        let before = before.into_iter().map(|noted| (noted.path.clone(), noted)).collect();
        Self { before, now: HashMap::new(), others: others.len() }
    }

    /// The number of those that were found so far.
    pub(super) fn count(&self) -> usize {
        self.now.len()
    }

    /// Notes a problem of a file or folder. `mark` is that of a file which is not read again until it
    /// changes.
    pub(super) fn note(&mut self, path: &[u8], problem: Problem, mark: Option<FileMark>) {
        let (path, since, candidates) = (path.to_vec(), Timestamp::MIN, Vec::new());
        let noted = NotedProblem { path: path.clone(), problem, since, mark, candidates };
        self.now.insert(path, noted);
    }

    /// Whether there is a file at a path that is no video.
    pub(super) fn is_no_video(&self, path: &[u8]) -> bool {
        self.now.get(path).is_some_and(|noted| noted.problem.code.is_no_video())
    }

    /// Notes that a file may be one of several missing videos.
    pub(super) fn note_candidates(&mut self, path: &[u8], candidates: Vec<VideoId>) {
        self.note(path, Problem::new(ProblemCode::AmbiguousMove), None);
        if let Some(noted) = self.now.get_mut(path) {
            noted.candidates = candidates;
        }
    }

    /// Leaves what was noted of a path as it is. Returns whether there was anything.
    pub(super) fn keep(&mut self, path: &[u8]) -> bool {
        let before = self.before.get(path);
        if let Some(noted) = before {
            self.now.insert(path.to_vec(), noted.clone());
        }
        before.is_some()
    }

    /// Leaves what was noted of a file with this mark as it is: it is no video, or has a flaw. Returns
    /// whether there was anything.
    pub(super) fn keep_of(&mut self, path: &[u8], mark: &FileMark) -> bool {
        let has_mark = self.before.get(path).is_some_and(|noted| noted.mark == Some(*mark));
        has_mark && self.keep(path)
    }

    /// Leaves what was noted of a video whose file is as it was.
    pub(super) fn keep_flaw(&mut self, path: &[u8], mark: &FileMark) {
        let is_ambiguous = |noted: &NotedProblem| !noted.candidates.is_empty();
        if !self.keep_of(path, mark) && self.before.get(path).is_some_and(is_ambiguous) {
            self.keep(path);
        }
    }

    /// Takes along what was noted of a video whose file has the same content at this path.
    pub(super) fn follow(&mut self, from: &[u8], to: &[u8], mark: FileMark) {
        let Some(noted) = self.before.get(from) else { return };
        let goes_along = match noted.problem.code {
            ProblemCode::Truncated => Some(Some(mark)),
            ProblemCode::AmbiguousMove => Some(None),
            _ => None,
        };
        if let Some(mark) = goes_along {
            let path = to.to_vec();
            self.now.insert(path.clone(), NotedProblem { path, mark, ..noted.clone() });
        }
    }

    /// The missing videos that files may be, by path.
    pub(super) fn candidates(&self) -> Vec<(Vec<u8>, Vec<VideoId>)> {
        let ambiguous = self.now.values().filter(|noted| !noted.candidates.is_empty());
        ambiguous.map(|noted| (noted.path.clone(), noted.candidates.clone())).collect()
    }

    /// Leaves only these of the missing videos that a file may be.
    pub(super) fn narrow(&mut self, path: &[u8], candidates: Vec<VideoId>) {
        if candidates.is_empty() {
            self.now.remove(path);
        } else if let Some(noted) = self.now.get_mut(path) {
            noted.candidates = candidates;
        }
    }

    /// What is to be noted at this time, and which of the old ones are no more: those that `is_over` says
    /// the scan would have found again.
    pub(super) fn difference(&self, at: Timestamp, is_over: impl Fn(&[u8]) -> bool) -> Difference {
        let is_new = |noted: &&NotedProblem| {
            self.before.get(&noted.path).is_none_or(|before| !is_alike(before, noted))
        };
        let noted = self.now.values().filter(is_new);
        let noted = noted.map(|noted| NotedProblem { since: at, ..noted.clone() }).collect();
        let gone = self.before.keys().filter(|path| !self.now.contains_key(*path));
        Difference { noted, removed: gone.filter(|path| is_over(path)).cloned().collect() }
    }

    /// How many there are once this is noted.
    pub(super) fn count_after(&self, difference: &Difference) -> usize {
        let removed: HashSet<&Vec<u8>> = difference.removed.iter().collect();
        let before = self.before.keys().filter(|path| !removed.contains(path));
        self.others + self.now.len() + before.filter(|path| !self.now.contains_key(*path)).count()
    }
}

/// Whether both say the same, since whenever.
fn is_alike(one: &NotedProblem, other: &NotedProblem) -> bool {
    one.problem == other.problem && one.mark == other.mark && one.candidates == other.candidates
}

//! Reads files that are new, or not as they were.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use super::comparing::mark_of;
use super::halt::Halt;
use super::run::{Candidate, Held, Old, Run};
use super::writes::Meaning;
use crate::catalogue::{Reading, Sampled, Unread};
use crate::domain::VideoId;
use crate::domain::catalogue::{FileReading, Problem, ProblemCode, ScanPhase};
use crate::domain::file::Fingerprint;
use crate::repository::FileChange;

/// How often longer a prober may take than a disk: it has limits of its own.
const PROBER_PATIENCE: u32 = 3;

impl Run<'_> {
    /// Reads files, but those that may have been moved, which wait for the end of the walk.
    pub(super) async fn read(&mut self, candidates: Vec<Candidate>) -> Result<(), Halt> {
        let mut candidates = candidates.into_iter().peekable();
        while candidates.peek().is_some() {
            self.go_on()?;
            let some = candidates.by_ref().take(self.at_once()).collect();
            let sampled = self.sample(some).await?;
            let known = self.known_contents(&sampled).await?;
            let mut videos = Vec::new();
            for (candidate, sampled) in sampled {
                videos.extend(self.judge(candidate, sampled, &known).await?);
            }
            self.probe(videos).await?;
        }
        Ok(())
    }

    /// How many files are sampled before they are probed: they are open all the time.
    fn at_once(&self) -> usize {
        (8 * self.settings.probes).clamp(1, 64)
    }

    async fn sample(
        &mut self,
        candidates: Vec<Candidate>,
    ) -> Result<Vec<(Candidate, Sampled)>, Halt> {
        let this = &*self;
        let samples = stream::iter(candidates).map(|candidate| async move {
            let sample = this.reader.sample(&this.tree, &candidate.path);
            let sample = this.answer(sample, 1).await;
            (candidate, sample)
        });
        let samples: Vec<_> = samples.buffered(self.settings.probes.max(1)).collect().await;
        let mut sampled = Vec::new();
        for (candidate, sample) in samples {
            match sample? {
                Ok(sample) => sampled.push((candidate, sample)),
                Err(unread) => self.leave_unread(candidate, unread)?,
            }
        }
        Ok(sampled)
    }

    /// The contents that belong to known files which may be gone from their places.
    async fn known_contents(
        &self,
        sampled: &[(Candidate, Sampled)],
    ) -> Result<HashSet<Fingerprint>, Halt> {
        let new = sampled.iter().filter(|(candidate, _)| candidate.old.is_none());
        let contents: Vec<_> = new.map(|(_, sampled)| sampled.fingerprint).collect();
        if contents.is_empty() {
            return Ok(HashSet::new());
        }
        let here = self.task.root.id;
        let rows = self.catalogue.files_like(&contents).await?;
        let may_be_gone = rows.iter().filter(|row| match row.file.root == here {
            true => !self.seen.same.contains(row.number),
            false => row.missing_since.is_some(),
        });
        Ok(may_be_gone.map(|row| row.file.fingerprint).collect())
    }

    /// Decides what becomes of a file with this content. Returns those that are to be probed.
    async fn judge(
        &mut self,
        candidate: Candidate,
        sampled: Sampled,
        known: &HashSet<Fingerprint>,
    ) -> Result<Option<(Candidate, Sampled)>, Halt> {
        let (fingerprint, mark) = (sampled.fingerprint, mark_of(&sampled.stat));
        let candidate = Candidate { mark, ..candidate };
        let Some(old) = &candidate.old else {
            if known.contains(&fingerprint) {
                self.held.push(Held { candidate, fingerprint });
                return Ok(None);
            }
            return Ok(Some((candidate, sampled)));
        };
        self.seen.there.insert(old.number);
        if old.fingerprint != fingerprint {
            self.held.push(Held { candidate, fingerprint });
            return Ok(None);
        }
        self.seen.same.insert(old.number);
        self.areas.note_shift(&candidate.path, old.device, mark.device);
        if self.task.job.order.rescan {
            return Ok(Some((candidate, sampled)));
        }
        self.problems.follow(&candidate.path, &candidate.path, mark);
        if old.video.is_none() {
            self.board.counts().ignored += 1;
        }
        let (number, video, meaning) = (old.number, old.video, meaning_of(old));
        self.plan(FileChange::Touched { number, mark }, video, meaning).await?;
        self.board.advance(1);
        Ok(None)
    }

    async fn probe(&mut self, files: Vec<(Candidate, Sampled)>) -> Result<(), Halt> {
        if files.is_empty() {
            return Ok(());
        }
        let (reader, tree) = (self.reader, Arc::clone(&self.tree));
        let (patience, name) = (self.settings.patience, self.task.root.name.clone());
        let patience = patience.saturating_mul(PROBER_PATIENCE);
        let readings = stream::iter(files).map(|(candidate, sampled)| {
            let (tree, name) = (&tree, &name);
            async move {
                let reading = tokio::time::timeout(patience, reader.probe(tree, sampled)).await;
                (candidate, reading.map_err(|_| Halt::hung(name, patience)))
            }
        });
        let mut readings = readings.buffered(self.settings.probes.max(1));
        while let Some((candidate, reading)) = readings.next().await {
            self.take(candidate, reading?).await?;
            self.go_on()?;
        }
        Ok(())
    }

    /// Reads files that were held back, and that are as they were then.
    pub(super) async fn read_held(&mut self, held: Vec<Held>) -> Result<(), Halt> {
        if held.is_empty() {
            return Ok(());
        }
        self.board.begin(ScanPhase::Reading, Some(held.len() as u64));
        let mut held = held.into_iter().peekable();
        while held.peek().is_some() {
            self.go_on()?;
            let some: Vec<Held> = held.by_ref().take(self.at_once()).collect();
            let contents = some.iter().map(|held| (held.candidate.path.clone(), held.fingerprint));
            let contents: HashMap<Vec<u8>, Fingerprint> = contents.collect();
            let candidates = some.into_iter().map(|held| held.candidate).collect();
            let sampled = self.sample(candidates).await?;
            let mut videos = Vec::new();
            for (candidate, sampled) in sampled {
                match contents.get(&candidate.path) == Some(&sampled.fingerprint) {
                    true => videos.push((candidate, sampled)),
                    false => self.leave_unread(candidate, Unread::Unsettled)?,
                }
            }
            self.probe(videos).await?;
        }
        Ok(())
    }

    /// Plans what was read of a file.
    async fn take(
        &mut self,
        candidate: Candidate,
        reading: Result<Reading, Unread>,
    ) -> Result<(), Halt> {
        let reading = match reading {
            Ok(reading) => reading,
            Err(unread) => return self.leave_unread(candidate, unread),
        };
        self.board.advance(1);
        let (mark, fingerprint) = (mark_of(&reading.stat), reading.fingerprint);
        let candidate = Candidate { mark, ..candidate };
        let path = &candidate.path;
        let of_file = |probed| FileReading::of(mark, fingerprint, probed);
        let read = match reading.probed.map(of_file) {
            Ok(Ok(read)) => read,
            Ok(Err(invalid)) => {
                let code = ProblemCode::NotReadableAsMedia;
                let problem = Problem::reported(code, &format!("it {invalid}"));
                return self.refuse(candidate, fingerprint, problem).await;
            }
            Err(problem) => return self.refuse(candidate, fingerprint, problem).await,
        };
        if let Some(flaw) = reading.flaw {
            self.problems.note(path, flaw, Some(mark));
        }
        if let Some(candidates) = self.ambiguous.remove(path) {
            self.problems.note_candidates(path, candidates);
        }
        self.plan_reading(candidate, read).await
    }

    /// Takes note of a file with this content that is no video.
    async fn refuse(
        &mut self,
        candidate: Candidate,
        fingerprint: Fingerprint,
        problem: Problem,
    ) -> Result<(), Halt> {
        let Candidate { path, mark, old } = candidate;
        self.problems.note(&path, problem, Some(mark));
        match old {
            // It is as it was, whatever a prober finds in it by now.
            Some(old) if old.fingerprint == fingerprint => {
                let (number, video, meaning) = (old.number, old.video, meaning_of(&old));
                self.plan(FileChange::Touched { number, mark }, video, meaning).await
            }
            Some(old) => {
                self.spoiled.push(old);
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn plan_reading(
        &mut self,
        candidate: Candidate,
        reading: FileReading,
    ) -> Result<(), Halt> {
        let Candidate { path, old, .. } = candidate;
        let Some(old) = old else {
            let id = VideoId::from(self.ids.next_id());
            let found = FileChange::Found { path, id, reading };
            return self.plan(found, None, Meaning::Content).await;
        };
        let (number, video, meaning) = (old.number, old.video, meaning_of(&old));
        let is_revived = video.is_none() && self.task.job.order.rescan;
        let revive = is_revived.then(|| VideoId::from(self.ids.next_id()));
        let meaning = if is_revived { Meaning::Content } else { meaning };
        self.plan(FileChange::Read { number, reading, revive }, video, meaning).await
    }

    /// Takes note of a file that could not be read.
    fn leave_unread(&mut self, candidate: Candidate, unread: Unread) -> Result<(), Halt> {
        let number = candidate.old.as_ref().map(|old| old.number);
        if self.is_last_try || unread != Unread::Unsettled {
            self.board.advance(1);
        }
        if unread == Unread::Gone {
            match number {
                Some(number) => self.seen.there.remove(number),
                // Nobody knows it yet: if it is there again, the next scan finds it.
                None => self.board.counts().unsettled += 1,
            }
            return Ok(());
        }
        if let Some(number) = number {
            self.seen.there.insert(number);
        }
        match unread {
            Unread::Gone => {}
            Unread::Unsettled => {
                self.problems.keep(&candidate.path);
                match self.is_last_try {
                    true => self.board.counts().unsettled += 1,
                    false => self.unsettled.push(candidate),
                }
            }
            Unread::Problem(problem) => self.problems.note(&candidate.path, problem, None),
            Unread::Unavailable(advice) => return Err(Halt::Unavailable(advice)),
        }
        Ok(())
    }
}

/// What it means that a known file is there and is read.
fn meaning_of(old: &Old) -> Meaning {
    match old.video {
        None => Meaning::Nothing,
        Some(_) if old.is_missing => Meaning::Restored,
        Some(_) => Meaning::Content,
    }
}

//! Finds out which files were moved, and writes that.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::elsewhere::{Whereabouts, look_for};
use super::halt::Halt;
use super::run::{Candidate, Held, Old, Run};
use super::unseen::Unseen;
use super::writes::{Meaning, Planned};
use crate::domain::VideoId;
use crate::domain::catalogue::{FileRow, Moves, ScanPhase, Seen};
use crate::domain::file::Fingerprint;
use crate::repository::FileChange;

/// A known file and where it is now.
struct Move {
    old: Old,
    to: Candidate,
}

/// What else is known of the contents of new files.
#[derive(Default)]
struct Others {
    /// Files that are gone from places which this scan did not look at, and missing ones of other roots.
    gone: Vec<Old>,
    /// The devices and inodes of files that are where they were.
    present: HashSet<(u64, u64)>,
}

impl Run<'_> {
    /// Writes which of the unseen files were moved, and reads the files that are no moved ones. Returns the
    /// videos whose files are gone.
    pub(super) async fn settle(&mut self, unseen: Unseen) -> Result<Vec<Old>, Halt> {
        self.board.begin(ScanPhase::Matching, None);
        self.flush().await?;
        let held = std::mem::take(&mut self.held);
        let replaced: Vec<Old> =
            held.iter().filter_map(|held| held.candidate.old.clone()).collect();
        let (moves, held) = self.find_moves(&unseen, held).await?;
        let moved: HashSet<_> = moves.iter().map(|one| one.old.number).collect();
        let is_left = |old: &Old| !moved.contains(&old.number);
        for old in unseen.unmounted.iter().filter(|old| is_left(old)) {
            self.plan_unreachable(old).await?;
        }
        let (mut gone, nobodys): (Vec<Old>, Vec<Old>) =
            unseen.gone.into_iter().partition(|old| old.video.is_some());
        let nobodys = nobodys.into_iter().chain(replaced).filter(|old| old.video.is_none());
        self.forget(nobodys.filter(is_left).collect()).await?;
        self.write_moves(moves).await?;
        self.read_held(held).await?;
        self.flush().await?;
        let spoiled = std::mem::take(&mut self.spoiled);
        gone.extend(spoiled.into_iter().filter(|old| self.is_overwritten(old)));
        let is_refused = |old: &Old| old.video.is_some_and(|id| self.refused.contains(&id));
        gone.retain(|old| is_left(old) || is_refused(old));
        Ok(gone)
    }

    /// Whether what is at the path of a video is no video. An error is no answer, nor is what may be on another disk.
    fn is_overwritten(&self, old: &Old) -> bool {
        old.video.is_some()
            && self.problems.is_no_video(&old.path)
            && self.areas.is_shifted(&old.path, old.device)
    }

    /// Forgets files without videos before others come to their places.
    async fn forget(&mut self, files: Vec<Old>) -> Result<(), Halt> {
        for old in files {
            let change = FileChange::Forgotten { number: old.number };
            self.plan(change, None, Meaning::Nothing).await?;
        }
        self.flush().await
    }

    /// The files that were moved, and the held ones that are none of them.
    async fn find_moves(
        &mut self,
        unseen: &Unseen,
        held: Vec<Held>,
    ) -> Result<(Vec<Move>, Vec<Held>), Halt> {
        let others = self.others(&held).await?;
        let old = self.old_files(unseen, &held, others.gone);
        let old_seen: Vec<Seen> = old.iter().map(|old| self.old_as(old)).collect();
        let new_seen: Vec<Seen> = held.iter().map(new_as).collect();
        let found = Moves::find(&old_seen, &new_seen, &others.present);
        for (new, candidates) in &found.ambiguous {
            let videos = candidates.iter().filter_map(|place| old[*place].video);
            let (path, videos) = (held[*new].candidate.path.clone(), videos.collect::<Vec<_>>());
            if !videos.is_empty() {
                self.ambiguous.insert(path, videos);
            }
        }
        let moved: HashSet<_> = found.moved.iter().map(|(place, _)| old[*place].number).collect();
        let leaving: HashSet<_> =
            found.moved.iter().filter_map(|(place, _)| old[*place].video).collect();
        let mut targets: HashMap<usize, usize> =
            found.moved.into_iter().map(|(old, new)| (new, old)).collect();
        let (mut moves, mut rest) = (Vec::new(), Vec::new());
        for (place, mut held) in held.into_iter().enumerate() {
            let path = &held.candidate.path;
            match targets.remove(&place).map(|place| old[place].clone()) {
                Some(old) if self.can_move(&old, path, &leaving).await? => {
                    moves.push(Move { old, to: held.candidate });
                }
                _ => {
                    // The path has no known file once its video is elsewhere, or if it had none.
                    let stays = |old: &Old| old.video.is_some() && !moved.contains(&old.number);
                    held.candidate.old = held.candidate.old.filter(stays);
                    rest.push(held);
                }
            }
        }
        Ok((moves, rest))
    }

    /// Whether a file can take a path. One that has no video must not keep the video there from its file,
    /// unless that is leaving.
    async fn can_move(
        &self,
        old: &Old,
        path: &[u8],
        leaving: &HashSet<VideoId>,
    ) -> Result<bool, Halt> {
        let path = self.task.root.path_of(path).ok();
        match path.filter(|_| old.video.is_none()) {
            Some(path) => {
                let holder = self.repository.get_by_path(path.as_str()).await?;
                Ok(holder.is_none_or(|holder| leaving.contains(&holder.id)))
            }
            None => Ok(true),
        }
    }

    /// The files, as they were, that the held ones may be.
    fn old_files(&self, unseen: &Unseen, held: &[Held], others: Vec<Old>) -> Vec<Old> {
        let contents: HashSet<Fingerprint> = held.iter().map(|held| held.fingerprint).collect();
        let is_wanted = |old: &&Old| contents.contains(&old.fingerprint);
        let inodes: HashSet<_> = held.iter().map(|held| new_as(held).inode).collect();
        // A disk may be mounted at another place of the root.
        let is_seen = |old: &&Old| is_wanted(old) && inodes.contains(&(old.device, old.inode));
        let changed = held.iter().filter_map(|held| held.candidate.old.as_ref());
        let gone = unseen.gone.iter().chain(&self.spoiled).filter(is_wanted);
        let unmounted = unseen.unmounted.iter().filter(is_seen);
        changed.chain(gone).chain(unmounted).cloned().chain(others).collect()
    }

    /// A known file as the search for moves sees it. One that has no video, or is in another root, is in
    /// nobody's way, so it gets a path that no file has.
    fn old_as(&self, old: &Old) -> Seen {
        let path = match old.root == self.task.root.id {
            true if old.video.is_some() => old.path.clone(),
            true => [b"\0/", &old.path[..]].concat(),
            false => [b"\0", &old.root.as_bytes()[..], b"/", &old.path].concat(),
        };
        Seen { path, fingerprint: old.fingerprint, inode: (old.device, old.inode) }
    }

    /// What else is known of the contents of held files.
    async fn others(&self, held: &[Held]) -> Result<Others, Halt> {
        let mut others = Others::default();
        let contents: HashSet<Fingerprint> = held.iter().map(|held| held.fingerprint).collect();
        let contents: Vec<Fingerprint> = contents.into_iter().collect();
        for some in contents.chunks(500) {
            self.go_on()?;
            for row in self.catalogue.files_like(some).await? {
                self.add_other(&mut others, &row).await?;
            }
        }
        Ok(others)
    }

    async fn add_other(&self, others: &mut Others, row: &FileRow) -> Result<(), Halt> {
        let mark = &row.file.mark;
        if row.file.root != self.task.root.id {
            others.gone.extend(row.missing_since.map(|_| Old::from(row)));
        } else if self.seen.same.contains(row.number) {
            others.present.insert((mark.device, mark.inode));
        } else if !self.areas.include(&row.file.path) {
            let (tree, path, device) = (Arc::clone(&self.tree), row.file.path.clone(), mark.device);
            let look = spawn_blocking(move || look_for(&*tree, &path, device));
            match self.answer(look, 1).await?.unwrap_or(Whereabouts::Unknown) {
                Whereabouts::Gone => others.gone.push(Old::from(row)),
                Whereabouts::There => drop(others.present.insert((mark.device, mark.inode))),
                Whereabouts::Unknown => {}
            }
        }
        Ok(())
    }

    /// Writes moves. Those that make room for each other are written at once.
    async fn write_moves(&mut self, moves: Vec<Move>) -> Result<(), Halt> {
        self.board.begin(ScanPhase::Matching, Some(moves.len() as u64));
        for chain in self.chains(moves) {
            self.go_on()?;
            let moved = chain.len();
            let mut planned = Vec::with_capacity(moved);
            for Move { old, to } in chain {
                self.seen.there.insert(old.number);
                self.problems.follow(&old.path, &to.path, to.mark);
                if old.video.is_none() {
                    self.board.counts().ignored += 1;
                }
                let meaning = match old.video {
                    Some(_) => Meaning::Moved(to.path.clone()),
                    None => Meaning::Nothing,
                };
                let (number, path, mark) = (old.number, to.path, to.mark);
                let change = FileChange::Moved { number, path, mark };
                planned.push(Planned { change, video: old.video, meaning });
            }
            self.plan_together(planned).await?;
            self.board.advance(moved as u64);
        }
        self.flush().await
    }

    /// Moves, those together of which one goes where another one comes from.
    fn chains(&self, moves: Vec<Move>) -> Vec<Vec<Move>> {
        let here = self.task.root.id;
        let from: HashMap<Vec<u8>, usize> = moves
            .iter()
            .enumerate()
            .filter(|(_, one)| one.old.root == here)
            .map(|(place, one)| (one.old.path.clone(), place))
            .collect();
        let next: Vec<Option<usize>> =
            moves.iter().map(|one| from.get(&one.to.path).copied()).collect();
        let followed: HashSet<usize> = next.iter().flatten().copied().collect();
        // Those that nobody makes room for come first: what is left are circles.
        let (mut starts, circles): (Vec<usize>, Vec<usize>) =
            (0..moves.len()).partition(|place| !followed.contains(place));
        starts.extend(circles);
        let mut moves: Vec<Option<Move>> = moves.into_iter().map(Some).collect();
        let mut chains = Vec::new();
        for start in starts {
            let (mut chain, mut place) = (Vec::new(), Some(start));
            while let Some(one) = place.and_then(|place| moves[place].take()) {
                chain.push(one);
                place = place.and_then(|place| next[place]);
            }
            chains.push(chain);
        }
        chains.retain(|chain| !chain.is_empty());
        chains
    }
}

fn new_as(held: &Held) -> Seen {
    let Held { candidate: Candidate { path, mark, .. }, fingerprint } = held;
    Seen { path: path.clone(), fingerprint: *fingerprint, inode: (mark.device, mark.inode) }
}

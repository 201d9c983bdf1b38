//! What the findings of scans do to videos.

use std::collections::{HashMap, HashSet};

use super::Stage;
use crate::domain::catalogue::root::path_below;
use crate::domain::catalogue::{FileMark, FileNumber, FileReading, FileRow, KnownFile, RootId};
use crate::domain::{FileFacts, NewVideo, Text, Video, VideoId, VideoPatch, VideoValues};
use crate::repository::file_change::{FileChange, FileChanges, FileStep};
use crate::repository::{ChangeContext, RepositoryError, Written};

impl Stage {
    /// Puts a file on the stage as the library knows it. Its video must be there as well.
    pub fn load_file(&mut self, row: FileRow) {
        self.files.put(row);
    }

    /// How the files that the library knows change, step by step, once the videos have changed.
    pub fn file_steps(&self) -> &[FileStep] {
        &self.steps
    }

    /// Carries out what a scan found. The answer has the video of each change that has one, in their order.
    pub(super) fn change_files(
        &mut self,
        found: FileChanges,
        by: &ChangeContext,
    ) -> Result<Vec<Written>, RepositoryError> {
        let (mark, files) = (self.mark(), self.files.clone());
        self.forget_links();
        let FileChanges { root, path_prefix, changes } = found;
        let result = Findings { stage: self, root, path_prefix, by }.carry_out(changes);
        if result.is_err() {
            self.undo_to(mark);
            self.files = files;
        }
        result
    }

    /// Takes videos away from files, or files from the stage, whose videos people have deleted or moved in the same transaction.
    fn forget_links(&mut self) {
        // Whether the file of a video stays without it.
        let mut left = HashMap::new();
        for step in &self.steps {
            match step {
                FileStep::Unlink(id) => drop(left.entry(*id).or_insert(true)),
                FileStep::Forget(id) => drop(left.entry(*id).or_insert(false)),
                FileStep::Add(file) | FileStep::Put(_, file) => {
                    file.video.map(|id| left.remove(&id));
                }
                FileStep::Remove(_) => {}
            }
        }
        let mut forgotten = Vec::new();
        for row in self.files.rows.values_mut() {
            match row.file.video.and_then(|id| left.get(&id)) {
                Some(true) => row.file.video = None,
                Some(false) => forgotten.push(row.number),
                None => {}
            }
        }
        forgotten.into_iter().for_each(|number| self.files.remove(number));
    }
}

/// The outcome of one finding: the video, if the file has one.
type Outcome = Result<Option<Written>, RepositoryError>;

/// The findings of one write, as they are carried out.
struct Findings<'s> {
    stage: &'s mut Stage,
    root: RootId,
    path_prefix: Text,
    by: &'s ChangeContext,
}

impl Findings<'_> {
    fn carry_out(mut self, changes: Vec<FileChange>) -> Result<Vec<Written>, RepositoryError> {
        let moves = self.moves(&changes)?;
        self.make_room_for(&moves);
        let mut written = Vec::with_capacity(changes.len());
        for change in changes {
            let one = match change {
                FileChange::Found { path, id, reading } => self.found(path, id, reading)?,
                FileChange::Read { number, reading, revive } => {
                    self.read(number, &reading, revive)?
                }
                FileChange::Touched { number, mark } => self.touched(number, Some(mark))?,
                FileChange::Moved { number, path, mark } => match moves.get(&number) {
                    Some(full) => self.moved(number, path, full, mark)?,
                    None => self.standing(number),
                },
                FileChange::Missing { number } => self.missing(number)?,
                FileChange::Restored { number } => self.touched(number, None)?,
                FileChange::Unreachable { number } => self.unreachable(number),
                FileChange::Forgotten { number } => self.forgotten(number)?,
                FileChange::Merged { missing, found } => self.merged(missing, found)?,
            };
            written.extend(one);
        }
        Ok(written)
    }

    fn path_of(&self, below: &[u8]) -> Result<Text, RepositoryError> {
        let path = path_below(&self.path_prefix, below);
        path.map_err(|error| RepositoryError::store("keep a file")(error.to_string()))
    }

    fn row(&self, number: FileNumber) -> Option<&FileRow> {
        self.stage.files.rows.get(&number)
    }

    fn video(&self, row: &FileRow) -> Option<Video> {
        self.stage.videos.get(&row.file.video?).cloned()
    }

    /// The video of a file that stays as it is.
    fn standing(&self, number: FileNumber) -> Option<Written> {
        let video = self.video(self.row(number)?)?;
        Some(Written { video, entry: None })
    }

    fn keep(&mut self, row: FileRow) {
        if self.row(row.number).is_none_or(|standing| standing.file != row.file) {
            self.stage.steps.push(FileStep::Put(row.number, row.file.clone()));
        }
        self.stage.files.put(row);
    }

    /// Gives the video of a file new values.
    fn update(&mut self, video: Video, patch: VideoPatch) -> Result<Written, RepositoryError> {
        self.stage.update(video, patch, 0, self.by)
    }

    /// The files that can be moved, with their new paths: those that nobody has, or that their holders leave
    /// with the same write.
    fn moves(&self, changes: &[FileChange]) -> Result<HashMap<FileNumber, Text>, RepositoryError> {
        let mut moves = HashMap::new();
        for change in changes {
            if let FileChange::Moved { number, path, .. } = change
                && self.row(*number).is_some()
            {
                moves.insert(*number, (self.path_of(path)?, path.clone()));
            }
        }
        loop {
            let leaving: HashSet<FileNumber> = moves.keys().copied().collect();
            let row_of = |number: &FileNumber| self.row(*number)?.file.video;
            let videos: HashSet<VideoId> = leaving.iter().filter_map(row_of).collect();
            moves.retain(|_, (full, path)| {
                let holder = self.stage.holder(full);
                let file = self.stage.files.at.get(&(self.root, path.clone()));
                holder.is_none_or(|holder| videos.contains(&holder.id))
                    && file.is_none_or(|file| file.is_some_and(|file| leaving.contains(&file)))
            });
            if moves.len() == leaving.len() {
                return Ok(moves.into_iter().map(|(number, (full, _))| (number, full)).collect());
            }
        }
    }

    /// Removes the files that are moved: each is kept again at its new path, in any order.
    fn make_room_for(&mut self, moves: &HashMap<FileNumber, Text>) {
        let mut numbers: Vec<_> = moves.keys().copied().collect();
        numbers.sort_unstable();
        self.stage.steps.extend(numbers.into_iter().map(FileStep::Remove));
    }

    fn found(&mut self, path: Vec<u8>, id: VideoId, reading: FileReading) -> Outcome {
        let place = (self.root, path);
        match self.stage.files.at.get(&place) {
            // Another scan was here in the meantime.
            Some(Some(number)) => return self.read(*number, &reading, None),
            Some(None) => return Ok(None),
            None => {}
        }
        let written = self.add_or_adopt(&place.1, id, &reading)?;
        self.stage.steps.push(FileStep::Add(KnownFile {
            root: self.root,
            path: place.1.clone(),
            video: Some(written.video.id),
            mark: reading.mark,
            fingerprint: reading.fingerprint,
            probed: reading.probed,
            is_unreachable: false,
        }));
        self.stage.files.at.insert(place, None);
        Ok(Some(written))
    }

    /// Gives a file the video that has its path, or a new one.
    fn add_or_adopt(
        &mut self,
        below: &[u8],
        id: VideoId,
        reading: &FileReading,
    ) -> Result<Written, RepositoryError> {
        let path = self.path_of(below)?;
        if let Some(standing) = self.stage.holder(&path).cloned() {
            let patch = reading.merge(&standing.values, None);
            return self.update(standing, patch);
        }
        let failed = RepositoryError::store("add the video of a file");
        let values = reading.values_at(path).map_err(|error| failed(error.to_string()))?;
        let new =
            NewVideo { id, values, created_at: None, updated_at: None, is_known_by_path: true };
        self.stage.add(new, self.by)
    }

    fn read(
        &mut self,
        number: FileNumber,
        reading: &FileReading,
        revive: Option<VideoId>,
    ) -> Outcome {
        let Some(row) = self.row(number).cloned() else { return Ok(None) };
        let written = match (self.video(&row), revive) {
            (Some(video), _) => {
                let patch = reading.merge(&video.values, Some(&row.file.probed));
                Some(self.update(video, patch)?)
            }
            (None, Some(id)) => Some(self.add_or_adopt(&row.file.path, id, reading)?),
            (None, None) => None,
        };
        let file = KnownFile {
            video: written.as_ref().map(|written| written.video.id),
            mark: reading.mark,
            fingerprint: reading.fingerprint,
            probed: reading.probed.clone(),
            is_unreachable: false,
            ..row.file
        };
        self.keep(FileRow { number, file, missing_since: None });
        Ok(written)
    }

    /// A file is there with the same content, and this is what the disk says now, if that changed.
    fn touched(&mut self, number: FileNumber, mark: Option<FileMark>) -> Outcome {
        let Some(row) = self.row(number).cloned() else { return Ok(None) };
        let mark = mark.unwrap_or(row.file.mark);
        let written = match self.video(&row) {
            Some(video) => {
                let patch = there(&video.values, &row.file.mark, &mark)?;
                Some(self.update(video, patch)?)
            }
            None => None,
        };
        let file = KnownFile { mark, is_unreachable: false, ..row.file };
        self.keep(FileRow { number, file, missing_since: None });
        Ok(written)
    }

    fn moved(&mut self, number: FileNumber, path: Vec<u8>, full: &Text, mark: FileMark) -> Outcome {
        let Some(row) = self.row(number).cloned() else { return Ok(None) };
        let written = match self.video(&row) {
            Some(video) => {
                let patch = there(&video.values, &row.file.mark, &mark)?;
                let values = follow(&video.values, full, patch).apply_to(&video.values);
                // Whoever has the path now leaves it with the same write.
                Some(self.stage.replace_values(video, values, self.by)?)
            }
            None => None,
        };
        let file = KnownFile { root: self.root, path, mark, is_unreachable: false, ..row.file };
        self.stage.steps.push(FileStep::Put(number, file.clone()));
        self.stage.files.remove(number);
        self.stage.files.put(FileRow { number, file, missing_since: None });
        Ok(written)
    }

    fn missing(&mut self, number: FileNumber) -> Outcome {
        let Some(row) = self.row(number).cloned() else { return Ok(None) };
        let Some(video) = self.video(&row) else { return Ok(None) };
        let since = video.values.facts().missing_since.unwrap_or(self.stage.time_of(self.by));
        let patch = with_facts(&video.values, |facts| facts.missing_since = Some(since))?;
        let written = self.update(video, patch)?;
        let file = KnownFile { is_unreachable: false, ..row.file };
        self.keep(FileRow { number, file, missing_since: Some(since) });
        Ok(Some(written))
    }

    fn unreachable(&mut self, number: FileNumber) -> Option<Written> {
        let row = self.row(number)?.clone();
        let file = KnownFile { is_unreachable: true, ..row.file };
        self.keep(FileRow { file, ..row });
        self.standing(number)
    }

    /// A video whose file is not looked at any more is not known to be missing.
    fn forgotten(&mut self, number: FileNumber) -> Outcome {
        let Some(row) = self.row(number).cloned() else { return Ok(None) };
        let written = match self.video(&row) {
            Some(video) => {
                let patch = with_facts(&video.values, |facts| facts.missing_since = None)?;
                Some(self.update(video, patch)?)
            }
            None => None,
        };
        self.remove(number);
        Ok(written)
    }

    fn merged(&mut self, missing: FileNumber, found: FileNumber) -> Outcome {
        let (Some(old), Some(new)) = (self.row(missing).cloned(), self.row(found).cloned()) else {
            return Ok(None);
        };
        let (Some(video), Some(other)) = (self.video(&old), self.video(&new)) else {
            return Ok(None);
        };
        if old.missing_since.is_none() || new.missing_since.is_some() {
            return Ok(None);
        }
        // The files are not the same, whoever says so: the corrections of the other one would be lost.
        if old.file.fingerprint != new.file.fingerprint {
            return Ok(None);
        }
        let reading = FileReading {
            mark: new.file.mark,
            fingerprint: new.file.fingerprint,
            probed: new.file.probed.clone(),
            facts: other.values.file.clone(),
        };
        let patch = reading.merge(&video.values, Some(&old.file.probed));
        let patch = follow(&video.values, &other.values.path, patch);
        self.stage.record(Some(other), None, self.by)?;
        let written = self.update(video, patch)?;
        self.remove(missing);
        let file = KnownFile { video: Some(written.video.id), ..new.file.clone() };
        self.keep(FileRow { file, ..new });
        Ok(Some(written))
    }

    fn remove(&mut self, number: FileNumber) {
        self.stage.steps.push(FileStep::Remove(number));
        self.stage.files.remove(number);
    }
}

/// What changes of a video whose file is there with the content that it had.
fn there(
    video: &VideoValues,
    before: &FileMark,
    now: &FileMark,
) -> Result<VideoPatch, RepositoryError> {
    with_facts(video, |facts| {
        facts.missing_since = None;
        if !before.is_same_time(now) {
            facts.file_modified_at = Some(now.modified_at());
        }
    })
}

fn with_facts(
    video: &VideoValues,
    change: impl FnOnce(&mut FileFacts),
) -> Result<VideoPatch, RepositoryError> {
    let mut facts = video.facts().clone();
    change(&mut facts);
    let failed = RepositoryError::store("keep the facts of a file");
    let file = facts.pack().map_err(|error| failed(error.to_string()))?;
    Ok(VideoPatch { file: Some(file), ..VideoPatch::default() })
}

/// The patch with a new path. A name that was not the last part of the old path was given by a person, and
/// stays.
fn follow(video: &VideoValues, path: &Text, patch: VideoPatch) -> VideoPatch {
    let last_part = |path: &Text| VideoValues::last_part(path).ok();
    let follows = last_part(&video.path).is_some_and(|name| name == video.filename);
    let filename = last_part(path).filter(|_| follows);
    VideoPatch { path: Some(path.clone()), filename, ..patch }
}

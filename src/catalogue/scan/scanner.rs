//! Scans library roots.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::areas::Areas;
use super::board::Board;
use super::halt::Halt;
use super::opening::{Opened, look_again, open};
use super::problems::Problems;
use super::run::{Run, Seen};
use super::task::{Outcome, ScanSettings, ScanTask};
use super::walking::Walker;
use super::writes::{Origin, Writes};
use crate::catalogue::Reader;
use crate::catalogue::Walk;
use crate::catalogue::walk::WalkSettings;
use crate::domain::catalogue::job::NOBODY;
use crate::domain::catalogue::{RootLook, ScanCounts, ScanEnd, ScanPhase, ScanState};
use crate::domain::{Clock, IdSource};
use crate::repository::VideoRepository;

/// Scans library roots. It knows nothing of queues and schedules: whoever calls it sees to it that no two
/// scans of a root run at once.
#[derive(Clone)]
pub struct Scanner {
    /// The library.
    pub repository: Arc<dyn VideoRepository>,
    /// Reads files.
    pub reader: Reader,
    /// The time of changes.
    pub clock: Arc<dyn Clock>,
    /// The IDs of new videos.
    pub ids: Arc<dyn IdSource>,
    /// How scans look at files.
    pub settings: ScanSettings,
}

impl Scanner {
    /// Scans a root. An error is never an absence: only a complete walk marks videos as missing, and only
    /// where it could look.
    pub async fn scan(&self, task: &ScanTask) -> Outcome {
        let catalogue = self.repository.catalogue();
        let opened = match open(&*catalogue, task, self.settings.patience).await {
            Ok(opened) => opened,
            Err(halt) => return outcome(task, ScanCounts::default(), None, Err(halt)),
        };
        let device = opened.device;
        match self.run(task, opened).await {
            Ok((counts, result)) => outcome(task, counts, Some(device), result),
            Err(halt) => outcome(task, ScanCounts::default(), Some(device), Err(halt)),
        }
    }

    /// Scans a root that is there, and notes its problems.
    async fn run(
        &self,
        task: &ScanTask,
        opened: Opened,
    ) -> Result<(ScanCounts, Result<Option<u64>, Halt>), Halt> {
        let mut run = self.begin(task, opened).await?;
        let mut result = run.all().await;
        if !matches!(result, Err(Halt::Store(_))) {
            // What was found before the end stays true.
            let rest = match run.flush().await {
                Ok(()) => run.note_problems(result.is_ok()).await.map_err(Halt::from),
                Err(halt) => Err(halt),
            };
            result = rest.and(result);
        }
        run.board.show_counts();
        Ok((*run.board.counts(), result))
    }

    async fn begin<'s>(&'s self, task: &'s ScanTask, opened: Opened) -> Result<Run<'s>, Halt> {
        let catalogue = self.repository.catalogue();
        let problems = Problems::new(catalogue.all_problems(task.root.id).await?);
        let order = &task.job.order;
        let origin = Origin {
            root: task.root.id,
            path_prefix: task.root.path_prefix.clone(),
            actor: order.requested_by.clone().unwrap_or_else(|| NOBODY.to_owned()),
            request_id: task.job.id.request_id(),
        };
        let writes = Writes::new(Arc::clone(&self.repository), Arc::clone(&self.clock), origin);
        Ok(Run {
            repository: &*self.repository,
            catalogue,
            reader: &self.reader,
            ids: &*self.ids,
            settings: &self.settings,
            task,
            tree: opened.tree,
            device: opened.device,
            inode: opened.inode,
            available: opened.available,
            areas: Areas::new(&order.paths),
            seen: Seen::default(),
            problems,
            writes,
            board: Board::new(task.progress.clone()),
            held: Vec::new(),
            unsettled: Vec::new(),
            is_last_try: false,
            spoiled: Vec::new(),
            refused: HashSet::new(),
            ambiguous: HashMap::new(),
        })
    }
}

impl Run<'_> {
    /// The whole scan. Returns how many videos would become missing if the scan has to ask first.
    async fn all(&mut self) -> Result<Option<u64>, Halt> {
        self.walk().await?;
        self.is_last_try = true;
        let unsettled = std::mem::take(&mut self.unsettled);
        self.read(unsettled).await?;
        self.look_again().await?;
        let unseen = self.unseen().await?;
        let gone = self.settle(unseen).await?;
        self.mark(&gone).await
    }

    /// Looks at the root again: what is gone together with it is not missing.
    pub(super) async fn look_again(&self) -> Result<(), Halt> {
        look_again(self.task, (self.device, self.inode), self.settings.patience).await
    }

    async fn walk(&mut self) -> Result<(), Halt> {
        let prefix = self.task.root.path_prefix.as_str();
        let settings = WalkSettings::for_prefix(self.settings.extensions.clone(), prefix);
        let stop = Arc::clone(&self.task.stop);
        let walk =
            Walk::new(Arc::clone(&self.tree), self.areas.scope(), settings, Arc::clone(&stop));
        let mut walker = Walker::start(walk, stop, self.settings.patience);
        // Only a walk through all folders is as long as all known files.
        let known = self.areas.is_whole().then_some(self.available);
        self.board.begin_walk(Arc::clone(walker.walked()), known);
        while let Some(found) = walker.next(&self.task.root.name).await? {
            self.board.show(ScanPhase::Walking);
            let seen = self.board.counts().seen;
            let candidates = self.compare(found).await?;
            let compared = self.board.counts().seen - seen;
            self.board.advance(compared - candidates.len() as u64);
            if !candidates.is_empty() {
                self.board.show(ScanPhase::Reading);
                self.read(candidates).await?;
            }
        }
        Ok(())
    }
}

/// What came of a scan; `device` is that of the root, if it could be opened.
fn outcome(
    task: &ScanTask,
    counts: ScanCounts,
    device: Option<u64>,
    result: Result<Option<u64>, Halt>,
) -> Outcome {
    let root = &task.root;
    let end = |state, message| ScanEnd { state, counts, message };
    // Until a whole scan has come to its end, the device of before is the one to compare with.
    let is_done = result.is_ok() && task.job.order.paths.is_empty();
    let known = if is_done { device } else { root.look.device.or(device) };
    let look = |fault| RootLook { fault, device: known };
    let online = device.map(|_| look(None));
    match result {
        Ok(None) => Outcome { end: end(ScanState::Succeeded, None), look: online, error: None },
        Ok(Some(count)) => {
            let message = format!(
                "{count} videos of the library root {} have lost their files, which is more than are \
                 marked as missing without asking. If a disk is not mounted, mount it, and scan \
                 again. If the files were deleted or overwritten, confirm it: `confirmScan` with \
                 `expectedHeldBack: {count}`.",
                root.name
            );
            let end = end(ScanState::NeedsConfirmation, Some(message));
            Outcome { end, look: online, error: None }
        }
        Err(Halt::Stopped) => {
            Outcome { end: end(ScanState::Cancelled, None), look: online, error: None }
        }
        Err(Halt::Offline { reason, advice }) => {
            let end = end(ScanState::Failed, Some(format!("{reason} {advice}")));
            Outcome { end, look: Some(look(Some(reason))), error: None }
        }
        Err(Halt::Unavailable(advice)) => {
            Outcome { end: end(ScanState::Failed, Some(advice)), look: online, error: None }
        }
        Err(Halt::Store(error)) => {
            let message = "The library could not be read or written, so the scan ended early. The \
                           log says why; the next scan goes on from there.";
            let end = end(ScanState::Failed, Some(message.to_owned()));
            Outcome { end, look: online, error: Some(error) }
        }
    }
}

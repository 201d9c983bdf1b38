//! Notes in the library whether a root is watched.

use std::sync::Arc;
use std::time::Duration;

use crate::catalogue::runner::Runner;
use crate::catalogue::watch::{RootWatch, Standing, Unwatchable};
use crate::domain::PageRequest;
use crate::domain::catalogue::{Problem, ProblemCode, RootId, RootName};
use crate::repository::RepositoryError;
use crate::repository::catalogue::NotedProblem;

/// How long a promise to watch a root holds.
pub(super) const PROMISE: Duration = Duration::from_secs(90);

/// What is noted in the library of the watch over a root.
pub(super) struct StandingNotes {
    runner: Arc<Runner>,
    root: RootId,
    /// What the log calls the root.
    name: String,
    /// Whether the library has a promise of this server.
    is_promised: bool,
    /// Whether anything was noted so far.
    is_noted: bool,
    /// What was logged last.
    logged: String,
}

impl StandingNotes {
    pub(super) fn new(runner: Arc<Runner>, root: RootId) -> Self {
        let name = root.to_string();
        Self { runner, root, name, is_promised: false, is_noted: false, logged: String::new() }
    }

    /// What the log calls the root.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Has the log call the root by its name.
    pub(super) fn set_name(&mut self, name: &RootName) {
        name.as_str().clone_into(&mut self.name);
    }

    /// Notes how a watch stands after that may have changed; none if the root is not to be watched.
    pub(super) async fn note_change(
        &mut self,
        watch: Option<&RootWatch>,
    ) -> Result<(), RepositoryError> {
        if let Some(watch) = watch {
            self.log(watch);
            let is_watched = matches!(watch.standing(), Standing::Watched);
            let is_limited = limit_of(watch).is_some();
            if self.is_noted && is_watched == self.is_promised && !is_limited {
                return Ok(());
            }
        }
        self.note(watch).await
    }

    /// Notes how a watch stands, and promises to go on with it.
    pub(super) async fn note(&mut self, watch: Option<&RootWatch>) -> Result<(), RepositoryError> {
        let catalogue = &self.runner.catalogue;
        let is_watched = watch.is_some_and(|watch| matches!(watch.standing(), Standing::Watched));
        if is_watched {
            let until = self.runner.clock.now().after(PROMISE);
            catalogue.watch(self.root, Some(until)).await?;
        } else if watch.is_some() && (self.is_promised || !self.is_noted) {
            catalogue.watch(self.root, None).await?;
        }
        self.is_promised = is_watched;
        self.note_limit(watch.and_then(limit_of)).await?;
        self.is_noted = true;
        Ok(())
    }

    /// Takes the promise back.
    pub(super) async fn end(&self) -> Result<(), RepositoryError> {
        match self.is_promised {
            true => self.runner.catalogue.watch(self.root, None).await,
            false => Ok(()),
        }
    }

    /// Notes the limit of the system as a problem of the root, or that it is no problem any more.
    async fn note_limit(&self, limit: Option<&Problem>) -> Result<(), RepositoryError> {
        let catalogue = &self.runner.catalogue;
        let first = catalogue.problems(self.root, &PageRequest::first(1)).await?.items;
        let is_of_root = |noted: &NotedProblem| {
            noted.path.is_empty() && noted.problem.code == ProblemCode::WatchLimit
        };
        let known = first.into_iter().find(is_of_root).map(|noted| noted.problem);
        match (limit, known) {
            (Some(limit), known) if known.as_ref() != Some(limit) => {
                let noted = NotedProblem {
                    path: Vec::new(),
                    problem: limit.clone(),
                    since: self.runner.clock.now(),
                    mark: None,
                    candidates: Vec::new(),
                };
                catalogue.change_problems(self.root, &[noted], &[]).await
            }
            (None, Some(_)) => catalogue.change_problems(self.root, &[], &[Vec::new()]).await,
            _ => Ok(()),
        }
    }

    fn log(&mut self, watch: &RootWatch) {
        let (root, folders) = (&self.name, watch.folders());
        let now = reason(watch.standing());
        if self.is_noted && self.logged == now {
            return;
        }
        match watch.standing() {
            Standing::Watched | Standing::Unset => {
                tracing::info!(%root, folders, "watching a library root");
            }
            _ => {
                tracing::warn!(%root, reason = now, "a library root is scanned on the schedule only");
            }
        }
        self.logged = now;
    }
}

fn limit_of(watch: &RootWatch) -> Option<&Problem> {
    match watch.standing() {
        Standing::Unwatched(Unwatchable::Limit(problem)) => Some(problem),
        _ => None,
    }
}

/// Why a root is not watched, in a sentence; empty if it is.
fn reason(standing: &Standing) -> String {
    match standing {
        Standing::Unset | Standing::Watched => String::new(),
        Standing::Hung => "The disk does not answer.".to_owned(),
        Standing::Unwatched(Unwatchable::Foreign) => "It is on a file system that does not report \
            changes, such as one of a network."
            .to_owned(),
        Standing::Unwatched(Unwatchable::Limit(problem)) => problem.message.clone(),
        Standing::Unwatched(Unwatchable::Unknown) => {
            "Folders cannot be watched on this system.".to_owned()
        }
        Standing::Unwatched(Unwatchable::Disk(error)) => {
            format!("Its folders could not be watched: {error}.")
        }
    }
}

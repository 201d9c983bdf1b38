//! Writes that wait for their answers.

use tokio::sync::oneshot;

use super::failure::{BoxError, failed};
use super::transaction::BatchOutcome;
use crate::repository::{ChangeContext, Write};

/// What is attempted.
pub(super) const WRITE: &str = "write to the library";

/// A write, and who waits for it.
pub(super) struct Request {
    pub(super) write: Write,
    pub(super) by: ChangeContext,
    pub(super) answer: oneshot::Sender<BatchOutcome>,
}

impl Request {
    /// How many videos it may touch.
    pub(super) fn videos(&self) -> usize {
        self.write.size()
    }
}

/// Answers each of them with this error.
pub(super) fn answer_all(requests: Vec<Request>, error: BoxError) {
    let answers = vec![Err(failed(WRITE)(error)); requests.len()];
    answer_each(requests, answers);
}

/// Gives each of them its answer.
pub(super) fn answer_each(requests: Vec<Request>, answers: Vec<BatchOutcome>) {
    for (request, answer) in requests.into_iter().zip(answers) {
        // A caller that has gone does not change what was committed.
        let _ = request.answer.send(answer);
    }
}

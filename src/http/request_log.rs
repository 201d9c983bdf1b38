//! The record of every operation: its time, its errors, and a log line if it was slow.

use std::time::{Duration, Instant};

use async_graphql::Response;
use sha2::{Digest, Sha256};
use tracing::Span;

use super::outcome::Outcome;
use crate::domain::Hex;
use crate::error_code::ErrorCode;
use crate::graphql::OperationType;
use crate::graphql::error::code_of;
use crate::metrics::{Metrics, OperationKind, StoreCalls};
use crate::spans;

/// What is known about an operation before it is executed.
pub(super) struct RequestLog {
    begun: Instant,
    /// None for a subscription.
    kind: Option<OperationKind>,
    name: Option<String>,
}

/// The threshold for slow operations, and what is logged about them.
pub(super) struct SlowLogRules {
    pub limit: Duration,
    pub document: String,
}

impl RequestLog {
    /// Begins when an operation is looked at.
    pub fn begin() -> Self {
        Self { begun: Instant::now(), kind: None, name: None }
    }

    /// Restarts the clock, for an operation that had to wait for others.
    pub fn begin_anew(&mut self) {
        self.begun = Instant::now();
    }

    /// Takes down which operation it is.
    pub fn note(&mut self, kind: OperationType, name: Option<&str>) {
        self.kind = match kind {
            OperationType::Query => Some(OperationKind::Query),
            OperationType::Mutation => Some(OperationKind::Mutation),
            OperationType::Subscription => None,
        };
        self.name = name.map(str::to_owned);
    }

    /// Closes the log of a query or mutation: counts it with its errors, and logs it if it was slow.
    pub fn close(
        self,
        outcome: &Outcome,
        calls: StoreCalls,
        slow: Option<SlowLogRules>,
        metrics: &Metrics,
    ) {
        count_errors(outcome, metrics);
        if let (Outcome::Executed(_), Some(kind)) = (outcome, self.kind) {
            let took = self.begun.elapsed();
            metrics.operation_executed(kind, self.name.as_deref(), took);
            if let Some(SlowLogRules { document, .. }) = slow.filter(|slow| took >= slow.limit) {
                self.log_slow(kind, took, calls, &document);
            }
        }
    }

    /// The span of its execution, as a part of the current one.
    pub fn span(&self) -> Span {
        match self.kind {
            Some(kind) => spans::execute(kind.name(), self.name()),
            None => Span::none(),
        }
    }

    /// Its name, or the replacement if it has none.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("anonymous")
    }

    /// Logs everything except the values that the client sent: the hash identifies the document.
    fn log_slow(&self, kind: OperationKind, took: Duration, calls: StoreCalls, document: &str) {
        tracing::warn!(
            operation_type = kind.name(),
            operation_name = self.name(),
            elapsed_ms = milliseconds(took),
            store_calls = calls.count,
            store_ms = milliseconds(calls.took),
            document_sha256 = sha256(document),
            "slow operation"
        );
    }
}

/// Counts the errors in a response.
pub(super) fn count_errors(outcome: &Outcome, metrics: &Metrics) {
    let (Outcome::Refused(errors) | Outcome::Executed(Response { errors, .. })) = outcome;
    for error in errors {
        // One without a code is the server's own fault.
        metrics.error_told(code_of(error).unwrap_or(ErrorCode::InternalServerError));
    }
}

/// To the microsecond.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

fn sha256(text: &str) -> String {
    Hex(Sha256::digest(text).into()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_told_by_the_hash_that_clients_make_of_it() {
        // Source: FIPS 180-2, the example for "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc"), expected);
    }

    #[test]
    fn times_are_told_to_the_microsecond() {
        assert!((milliseconds(Duration::from_nanos(1_234_567)) - 1.235).abs() < 1e-9);
    }
}

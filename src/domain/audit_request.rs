//! The log by requests: the changes that one request made, taken together.

use std::collections::HashMap;

use super::audit::{AuditEntry, AuditFilter, AuditOperation};
use super::timestamp::Timestamp;

/// The changes of one request, summed up.
///
/// Changes belong to one request if they have the same request ID and the same actor, and if none of
/// them is [too long after](Self::MAX_GAP_MICROS) those before it, whatever was written in between.
/// A change without a request ID stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSummary {
    /// The sequence of the first change. Requests are listed by it, so one that goes on keeps its
    /// place.
    pub first_sequence: i64,
    /// The sequence of the newest change.
    pub last_sequence: i64,
    /// The earliest time of a change.
    pub started_at: Timestamp,
    /// The latest time of a change.
    pub ended_at: Timestamp,
    /// The number of videos added.
    pub inserted: u64,
    /// The number of updates.
    pub updated: u64,
    /// The number of videos deleted.
    pub deleted: u64,
}

impl RequestSummary {
    /// The longest time between the end of a request and another change of it: an hour.
    pub const MAX_GAP_MICROS: i64 = 3_600_000_000;

    /// The request that starts with this change.
    pub fn starting_with(entry: &AuditEntry) -> Self {
        let mut summary = Self {
            first_sequence: entry.sequence,
            last_sequence: entry.sequence,
            started_at: entry.timestamp,
            ended_at: entry.timestamp,
            inserted: 0,
            updated: 0,
            deleted: 0,
        };
        summary.add(entry);
        summary
    }

    /// Whether a later change at this time belongs to it, given that it has the same request ID and
    /// the same actor.
    pub fn goes_on_at(&self, timestamp: Timestamp) -> bool {
        timestamp.as_micros() - self.ended_at.as_micros() <= Self::MAX_GAP_MICROS
    }

    /// Adds a later change.
    pub fn add(&mut self, entry: &AuditEntry) {
        self.last_sequence = entry.sequence;
        self.started_at = self.started_at.min(entry.timestamp);
        self.ended_at = self.ended_at.max(entry.timestamp);
        *match entry.operation {
            AuditOperation::Insert => &mut self.inserted,
            AuditOperation::Update => &mut self.updated,
            AuditOperation::Delete => &mut self.deleted,
        } += 1;
    }
}

/// A request as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRequest {
    /// Its changes, summed up.
    pub summary: RequestSummary,
    /// The newest of its changes, which has its request ID and its actor.
    pub latest: AuditEntry,
}

/// A request with its changes.
#[derive(Clone, Debug)]
pub struct RequestChanges<'a> {
    /// Their sums.
    pub summary: RequestSummary,
    /// The changes in the order of the log; at least one.
    pub entries: Vec<&'a AuditEntry>,
}

impl<'a> RequestChanges<'a> {
    /// The requests that made these changes, which are in the order of the log. The requests are in
    /// the order of their first changes. This defines requests for every store.
    pub fn of(log: impl IntoIterator<Item = &'a AuditEntry>) -> Vec<Self> {
        let mut requests: Vec<Self> = Vec::new();
        let mut newest: HashMap<(&str, Option<&str>), usize> = HashMap::new();
        for entry in log {
            if let Some(id) = &entry.request_id {
                let newest = newest.entry((id, entry.actor.as_deref())).or_insert(usize::MAX);
                let request = requests.get_mut(*newest);
                if let Some(request) = request.filter(|it| it.summary.goes_on_at(entry.timestamp)) {
                    request.add(entry);
                    continue;
                }
                *newest = requests.len();
            }
            let summary = RequestSummary::starting_with(entry);
            requests.push(Self { summary, entries: vec![entry] });
        }
        requests
    }

    fn add(&mut self, entry: &'a AuditEntry) {
        self.summary.add(entry);
        self.entries.push(entry);
    }

    /// Whether a filter selects the request: it does if it matches at least one change. This defines
    /// the filter for every store.
    pub fn meets(&self, filter: &AuditFilter) -> bool {
        self.entries.iter().any(|entry| filter.matches(entry))
    }

    /// The request as it is listed.
    pub fn to_listed(&self) -> AuditRequest {
        let latest = self.entries.last().expect("a request has made a change");
        AuditRequest { summary: self.summary.clone(), latest: AuditEntry::clone(latest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples;

    const HOUR: i64 = RequestSummary::MAX_GAP_MICROS;

    /// A change of this request at this time.
    fn entry(sequence: i64, request_id: Option<&str>, micros: i64) -> AuditEntry {
        AuditEntry {
            request_id: request_id.map(Into::into),
            timestamp: Timestamp::from_micros(micros).unwrap(),
            ..samples::entry(sequence)
        }
    }

    /// The sequences of the changes of each request.
    fn sequences(log: &[AuditEntry]) -> Vec<Vec<i64>> {
        let of_one = |request: RequestChanges<'_>| {
            request.entries.iter().map(|entry| entry.sequence).collect()
        };
        RequestChanges::of(log).into_iter().map(of_one).collect()
    }

    #[test]
    fn changes_of_one_request_are_together_whatever_comes_between() {
        let mut log = vec![
            entry(1, Some("a"), 0),
            entry(2, Some("b"), 0),
            entry(3, None, 0),
            entry(4, Some("a"), 0),
            entry(5, None, 0),
            entry(6, Some("a"), 0),
            entry(7, Some("b"), 0),
        ];
        assert_eq!(sequences(&log), [&[1, 4, 6][..], &[2, 7], &[3], &[5]]);
        log[3].actor = Some("ana".to_owned());
        assert_eq!(sequences(&log), [&[1, 6][..], &[2, 7], &[3], &[4], &[5]]);
        log[5].actor = Some(String::new());
        assert_eq!(sequences(&log), [&[1][..], &[2, 7], &[3], &[4], &[5], &[6]]);
    }

    #[test]
    fn a_request_ends_with_an_hour_without_a_change() {
        let times = |times: &[i64]| {
            let log: Vec<_> =
                (1..).zip(times).map(|(at, time)| entry(at, Some("a"), *time)).collect();
            sequences(&log)
        };
        assert_eq!(times(&[7, 7, 7]), [[1, 2, 3]]);
        assert_eq!(times(&[0, HOUR, 2 * HOUR]), [[1, 2, 3]]);
        assert_eq!(times(&[0, HOUR + 1, 2 * HOUR + 1]), [&[1][..], &[2, 3]]);
        // In logs of older versions, times can decrease: the hour counts from the latest.
        assert_eq!(times(&[2 * HOUR, 0, 3 * HOUR]), [[1, 2, 3]]);
        assert_eq!(times(&[HOUR, 0, 2 * HOUR + 1]), [&[1, 2][..], &[3]]);
        let ends = [Timestamp::MIN, Timestamp::MAX].map(Timestamp::as_micros);
        assert_eq!(times(&ends), [[1], [2]]);
    }

    #[test]
    fn the_summary_is_of_all_changes() {
        use AuditOperation::{Delete, Insert, Update};
        let of = |sequence, operation, micros| AuditEntry {
            operation,
            ..entry(sequence, Some("a"), micros)
        };
        let log = [of(3, Update, 5), of(5, Insert, 2), of(9, Update, 7), of(11, Delete, 6)];
        let [request] = &RequestChanges::of(&log)[..] else { panic!("not one request") };
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let summary = RequestSummary {
            first_sequence: 3,
            last_sequence: 11,
            started_at: at(2),
            ended_at: at(7),
            inserted: 1,
            updated: 2,
            deleted: 1,
        };
        assert_eq!(request.to_listed(), AuditRequest { summary, latest: log[3].clone() });
        let meets = |operation| {
            let operations = Some(vec![operation]);
            request.meets(&AuditFilter { operations, ..AuditFilter::default() })
        };
        assert!(meets(Insert) && meets(Update) && meets(Delete));
        assert!(!request.meets(&AuditFilter { has_actor: Some(true), ..AuditFilter::default() }));
    }
}

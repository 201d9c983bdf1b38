//! Who has changed the library, and up to where: they see their changes in their next queries even if they do
//! not send the place back.

use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Response, Value};

use super::requester::RequestContext;
use crate::domain::LogPosition;
use crate::graphql::{PLACE, place_named};

/// The number of callers that are remembered at least.
const ROOM: usize = 10_000;

/// The places of the latest changes of callers. Cloning it copies nothing.
#[derive(Clone, Default)]
pub struct RecentWriters(Arc<Mutex<Places>>);

/// The older half is forgotten when the newer one is full.
#[derive(Default)]
struct Places {
    newer: HashMap<Who, LogPosition>,
    older: HashMap<Who, LogPosition>,
}

/// A caller, as far as that can be known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Actor(String),
    Address(IpAddr),
}

impl Who {
    fn of(requester: &RequestContext) -> Option<Self> {
        let actor = requester.caller.actor.clone().map(Self::Actor);
        actor.or_else(|| requester.address.map(Self::Address))
    }
}

impl RecentWriters {
    /// Whom to remember for a mutation whose answer has a place.
    pub(super) fn writer(&self, requester: &RequestContext) -> Option<Writer> {
        Some(Writer { who: Who::of(requester)?, places: self.clone() })
    }

    /// The place that this caller has seen.
    pub(super) fn place_of(&self, requester: &RequestContext) -> Option<LogPosition> {
        let who = Who::of(requester)?;
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.newer.get(&who).or_else(|| places.older.get(&who)).copied()
    }

    fn note(&self, who: Who, place: LogPosition) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).note(who, place, ROOM);
    }
}

impl Places {
    fn note(&mut self, who: Who, place: LogPosition, room: usize) {
        if self.newer.len() >= room && !self.newer.contains_key(&who) {
            self.older = mem::take(&mut self.newer);
        }
        self.newer.insert(who, place);
    }
}

/// The caller of a mutation.
pub(super) struct Writer {
    who: Who,
    places: RecentWriters,
}

impl Writer {
    /// Remembers the place in the answer.
    pub fn note(self, response: &Response) {
        let Some(Value::String(place)) = response.extensions.get(PLACE) else { return };
        if let Some(place) = place_named(place) {
            self.places.note(self.who, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Role;
    use crate::graphql::Caller;

    fn requester(actor: Option<&str>, address: u8) -> RequestContext {
        let actor = actor.map(str::to_owned);
        let caller =
            Caller { request_id: String::new(), actor, role: Role::Editor, expires_at: None };
        let address = Some(IpAddr::from([127, 0, 0, address]));
        RequestContext { caller, address, client: None, last_event_id: None, place: None }
    }

    fn at(sequence: i64) -> LogPosition {
        LogPosition { sequence, fingerprint: 0 }
    }

    #[test]
    fn callers_are_known_by_their_name_or_else_by_their_address() {
        let writers = RecentWriters::default();
        writers.note(Who::of(&requester(Some("ana"), 1)).unwrap(), at(1));
        writers.note(Who::of(&requester(None, 1)).unwrap(), at(2));
        for (actor, address, place) in
            [(Some("ana"), 2, Some(1)), (None, 1, Some(2)), (Some("ben"), 1, None), (None, 2, None)]
        {
            let found = writers.place_of(&requester(actor, address));
            assert_eq!(found.map(|place| place.sequence), place, "{actor:?} {address}");
        }
    }

    #[test]
    fn those_who_have_not_written_for_longest_are_forgotten() {
        let mut places = Places::default();
        let who = |number: i64| Who::Actor(number.to_string());
        for number in 1..=10 {
            places.note(who(number), at(number), 3);
            places.note(who(1), at(number), 3);
        }
        assert!(places.newer.len() + places.older.len() <= 6);
        let known = |number| places.newer.get(&who(number)).or(places.older.get(&who(number)));
        assert_eq!((known(1), known(9), known(10)), (Some(&at(10)), Some(&at(9)), Some(&at(10))));
        assert_eq!(known(3), None);
    }
}

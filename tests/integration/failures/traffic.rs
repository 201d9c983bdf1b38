//! Writers and subscribers at work, and whether all of it was right in the end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::Change;
use super::ledger::{Ledger, Outcome};
use super::log;
use super::subscribers::Subscriber;
use super::writers::Writer;

/// What is in the ID of the request that makes the last change.
const END: &str = "-end-";

/// Clients of servers that share a library, which is empty when they start.
pub struct Traffic {
    entrances: Vec<SocketAddr>,
    ledger: Arc<Ledger>,
    writers: Vec<JoinHandle<()>>,
    subscribers: Vec<JoinHandle<Vec<Change>>>,
}

impl Traffic {
    /// So many clients that connect to these addresses.
    pub fn start(entrances: &[SocketAddr], writers: usize, subscribers: usize) -> Self {
        let ledger = Arc::<Ledger>::default();
        let cursor = log::cursor(entrances[0]);
        let subscribers = (0..subscribers).map(|number| {
            let subscriber = Subscriber::new(number, entrances, &cursor);
            thread::spawn(move || subscriber.follow(END))
        });
        let subscribers = subscribers.collect();
        let writers = (0..writers).map(|number| {
            let writer = Writer::new(number, entrances, &ledger);
            thread::spawn(move || writer.write())
        });
        let writers = writers.collect();
        Self { entrances: entrances.to_vec(), ledger, writers, subscribers }
    }

    /// Waits for as many more acknowledged changes.
    #[track_caller]
    pub fn wait_for_more(&self, changes: usize) {
        self.ledger.wait_for_more(changes);
    }

    /// Waits until as many changes more were refused.
    #[track_caller]
    pub fn wait_for_refusals(&self, changes: usize) {
        self.ledger.wait_for_refusals(changes);
    }

    /// Stops the writers, and holds the log, and what each subscriber was told, to what happened. Returns
    /// how many changes were refused, or are of unknown outcome.
    #[track_caller]
    pub fn finish(mut self) -> usize {
        self.ledger.end();
        let writers = std::mem::take(&mut self.writers);
        let count = writers.len();
        for writer in writers {
            writer.join().unwrap();
        }
        Writer::new(count, &self.entrances, &self.ledger).conclude();
        let told = std::mem::take(&mut self.subscribers).into_iter();
        let told: Vec<Vec<Change>> = told.map(|it| it.join().unwrap()).collect();
        let log = log::entries(self.entrances[0]);
        self.ledger.verify(&log);
        let end = log.iter().position(|change| change.request.contains(END)).unwrap();
        for (number, told) in told.iter().enumerate() {
            let difference = told.iter().zip(&log).position(|(told, change)| told != change);
            assert_eq!((difference, told.len()), (None, end + 1), "subscriber {number}");
        }
        self.ledger.count(Outcome::Refused) + self.ledger.count(Outcome::Unknown)
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.ledger.end();
    }
}

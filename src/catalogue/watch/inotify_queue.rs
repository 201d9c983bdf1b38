//! What is reported to one root and waits to be taken.

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::event::{Event, WatchId};

/// Events of one root that nobody has taken yet.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Vec<Event>>,
    arrived: Notify,
}

impl Queue {
    /// How many events wait at most: as many as some systems keep themselves, four times over.
    const MOST: usize = 65_536;

    /// Adds an event. Where too many wait, all of them are lost, and that is what is reported.
    pub(super) fn push(&self, event: Event) {
        let mut waiting = self.waiting();
        if waiting.len() >= Self::MOST || event == Event::Lost {
            waiting.clear();
            waiting.push(Event::Lost);
        } else {
            waiting.push(event);
        }
        self.arrived.notify_one();
    }

    /// Waits for events, and takes them.
    pub(super) async fn take(&self) -> Vec<Event> {
        loop {
            let events = mem::take(&mut *self.waiting());
            if !events.is_empty() {
                return events;
            }
            self.arrived.notified().await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Event>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who wants to know what happens in which folder.
#[derive(Debug, Default)]
pub(super) struct Queues {
    of_folders: HashMap<WatchId, Vec<Arc<Queue>>>,
    all: Vec<Arc<Queue>>,
}

impl Queues {
    /// Adds a root.
    pub(super) fn add(&mut self, queue: Arc<Queue>) {
        self.all.push(queue);
    }

    /// Reports what happens in a folder to a root from now on.
    pub(super) fn join(&mut self, folder: WatchId, queue: &Arc<Queue>) {
        let queues = self.of_folders.entry(folder).or_default();
        if !queues.iter().any(|other| Arc::ptr_eq(other, queue)) {
            queues.push(Arc::clone(queue));
        }
    }

    /// Reports no more of a folder to a root. Returns whether no root wants to know of it now.
    pub(super) fn leave(&mut self, folder: WatchId, queue: &Arc<Queue>) -> bool {
        let Some(queues) = self.of_folders.get_mut(&folder) else { return false };
        queues.retain(|other| !Arc::ptr_eq(other, queue));
        let is_unwanted = queues.is_empty();
        if is_unwanted {
            self.of_folders.remove(&folder);
        }
        is_unwanted
    }

    /// Forgets a root. Returns the folders that no root wants to know of now.
    pub(super) fn remove(&mut self, queue: &Arc<Queue>) -> Vec<WatchId> {
        self.all.retain(|other| !Arc::ptr_eq(other, queue));
        let folders: Vec<WatchId> = self.of_folders.keys().copied().collect();
        folders.into_iter().filter(|folder| self.leave(*folder, queue)).collect()
    }

    /// Hands an event to those whom it concerns.
    pub(super) fn dispatch(&mut self, event: &Event) {
        let folder = match event {
            Event::Inside { folder, .. } | Event::Left(folder) | Event::Ended(folder) => *folder,
            Event::Lost => return self.all.iter().for_each(|queue| queue.push(Event::Lost)),
        };
        let queues = self.of_folders.get(&folder).into_iter().flatten();
        queues.for_each(|queue| queue.push(event.clone()));
        if matches!(event, Event::Ended(_)) {
            self.of_folders.remove(&folder);
        }
    }

    /// Nothing is watched any more.
    pub(super) fn lose_all(&mut self) {
        self.of_folders.clear();
        self.dispatch(&Event::Lost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(number: i32) -> Event {
        Event::Left(WatchId(number))
    }

    #[tokio::test]
    async fn events_wait_in_their_order_and_too_many_are_lost() {
        let queue = Queue::default();
        [1, 2, 3].into_iter().for_each(|number| queue.push(ended(number)));
        assert_eq!(queue.take().await, [1, 2, 3].map(ended));
        let most = i32::try_from(Queue::MOST).unwrap();
        (0..=most).for_each(|number| queue.push(ended(number)));
        queue.push(ended(most));
        assert_eq!(queue.take().await, [Event::Lost, ended(most)]);
    }

    #[tokio::test]
    async fn each_root_hears_of_its_own_folders() {
        let (one, other, mut queues) = (Arc::default(), Arc::default(), Queues::default());
        for (number, queue) in [(1, &one), (2, &one), (2, &other)] {
            queues.join(WatchId(number), queue);
        }
        [1, 2, 3].into_iter().for_each(|number| queues.dispatch(&ended(number)));
        assert_eq!(one.take().await, [1, 2].map(ended));
        assert_eq!(other.take().await, [ended(2)]);
        assert!(!queues.leave(WatchId(2), &other) && queues.leave(WatchId(1), &one));
        queues.dispatch(&ended(2));
        assert_eq!(one.take().await, [ended(2)]);
        queues.add(Arc::clone(&other));
        queues.lose_all();
        assert_eq!(other.take().await, [Event::Lost]);
        queues.join(WatchId(4), &one);
        assert_eq!(queues.remove(&one), [WatchId(4)]);
    }
}

//! The rounds of a request: in each, all in it that can go on does.
//!
//! Look-ups wait for the next round, so that their siblings can join them. The rounds of one request
//! follow each other immediately: otherwise, many requests would be half done at the same time, and
//! their data would not stay in the processor's cache.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use tokio::task::yield_now;

/// The rounds of one request; those of the runtime, unless a request [takes](Self::take) them.
#[derive(Default)]
pub struct Rounds {
    are_taken: AtomicBool,
    /// The number of rounds after the first.
    number: AtomicU64,
    /// Those who wait for the next one.
    waiting: Mutex<Vec<Waker>>,
}

impl Rounds {
    /// The result of `work`, in as many rounds as it takes.
    pub async fn take<T>(&self, work: impl Future<Output = T>) -> T {
        self.are_taken.store(true, Ordering::Relaxed);
        let mut work = pin!(work);
        poll_fn(|cx| {
            loop {
                let polled = work.as_mut().poll(cx);
                if polled.is_ready() || !self.begin_next(cx.waker()) {
                    return polled;
                }
            }
        })
        .await
    }

    /// Waits for the next round.
    pub async fn next(&self) {
        if !self.are_taken.load(Ordering::Relaxed) {
            return yield_now().await;
        }
        let number = self.number();
        poll_fn(|cx| {
            if self.number() != number {
                return Poll::Ready(());
            }
            let mut waiting = self.waiting();
            if !waiting.last().is_some_and(|last| last.will_wake(cx.waker())) {
                waiting.push(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    /// Starts another round if somebody is waiting for it. Tasks that are polled anyway need not be
    /// woken.
    fn begin_next(&self, polled: &Waker) -> bool {
        let waiting = std::mem::take(&mut *self.waiting());
        let is_wanted = !waiting.is_empty();
        if is_wanted {
            self.number.fetch_add(1, Ordering::Relaxed);
        }
        waiting.into_iter().filter(|waker| !waker.will_wake(polled)).for_each(Waker::wake);
        is_wanted
    }

    fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use futures_util::stream::{FuturesUnordered, StreamExt};

    use super::*;

    /// Records the order of what is done, in three rounds.
    async fn steps(rounds: &Rounds, name: char, done: &Mutex<String>) {
        for round in 0..3 {
            if round > 0 {
                rounds.next().await;
            }
            done.lock().unwrap().push(name);
        }
    }

    #[test]
    fn turns_follow_each_other_at_once_and_in_each_all_go_on() {
        let (rounds, done) = (Rounds::default(), Mutex::default());
        let work = join_all(['a', 'b', 'c'].map(|name| steps(&rounds, name, &done)));
        assert!(rounds.take(work).now_or_never().is_some());
        assert_eq!(*done.lock().unwrap(), "abcabcabc");
    }

    #[test]
    fn whoever_is_polled_only_when_woken_has_the_same_turns() {
        let (rounds, done) = (Rounds::default(), Mutex::default());
        let all = ['a', 'b', 'c'].map(|name| steps(&rounds, name, &done));
        let work = all.into_iter().collect::<FuturesUnordered<_>>().collect::<Vec<_>>();
        let last = async {
            rounds.next().await;
            done.lock().unwrap().push('-');
        };
        assert!(rounds.take(async { futures_util::join!(work, last) }).now_or_never().is_some());
        assert_eq!(*done.lock().unwrap(), "abcabc-abc");
    }

    #[tokio::test]
    async fn without_turns_of_their_own_they_are_those_of_the_runtime() {
        let (rounds, done) = (Rounds::default(), Mutex::default());
        join_all(['a', 'b', 'c'].map(|name| steps(&rounds, name, &done))).await;
        assert_eq!(*done.lock().unwrap(), "abcabcabc");
    }
}

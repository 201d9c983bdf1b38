//! Work that is completed even if its client disconnects.

use std::future::pending;
use std::panic::resume_unwind;

use tracing::Instrument;

use super::streams::Streams;

/// Runs the work in its own task, which continues even if nobody waits for it. The server does not
/// stop before it is done.
///
/// # Panics
/// When the work does.
pub(super) async fn completed<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
    streams: &Streams,
) -> T {
    let stop = streams.watch_stop();
    let counted = async move {
        let done = work.await;
        drop(stop);
        done
    };
    match tokio::spawn(counted.in_current_span()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime ends, and with it whoever waits here.
            Err(_) => pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;

    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_without_its_caller_and_holds_up_the_stop() {
        let streams = Streams::new(1);
        let (go_on, waits) = oneshot::channel();
        let (done, is_done) = oneshot::channel();
        let work = async move { done.send(waits.await) };
        assert!(completed(work, &streams).now_or_never().is_none());
        streams.stop();
        assert!(streams.all_ended().now_or_never().is_none());
        go_on.send(1).unwrap();
        assert_eq!(is_done.await.unwrap(), Ok(1));
        streams.all_ended().await;
    }

    #[tokio::test]
    async fn a_panic_comes_back_to_the_caller() {
        let streams = Streams::new(1);
        let work = async { panic!("lost its head") };
        let outcome = AssertUnwindSafe(completed::<()>(work, &streams)).catch_unwind();
        assert_eq!(*outcome.await.unwrap_err().downcast::<&str>().unwrap(), "lost its head");
    }
}

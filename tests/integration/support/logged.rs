//! What the program logs in the process of the tests.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;

thread_local! {
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what is logged from now on.
///
/// One subscriber serves the whole process. With one for a single test, another thread may be the first
/// to log an event, where nobody wants it, and `tracing` remembers that for all threads.
pub fn keep() {
    static KEPT: Once = Once::new();
    KEPT.call_once(|| {
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(|| ThreadLog).finish();
        tracing::subscriber::set_global_default(subscriber).expect("there is no other one");
    });
}

/// Returns what this thread has logged since the last time.
pub fn take() -> String {
    String::from_utf8(LINES.take()).expect("a log is UTF-8")
}

struct ThreadLog;

impl Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

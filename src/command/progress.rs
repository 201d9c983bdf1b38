//! How far a command has come, for the one who waits for it.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar where the length is known, else a count. It is seen on a terminal only.
pub(super) fn progress_bar(bytes: Option<u64>) -> ProgressBar {
    let (bar, template) = match bytes {
        Some(bytes) => (ProgressBar::new(bytes), "{wide_bar} {percent:>3} %  {msg}  {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}  {elapsed}"),
    };
    bar.with_style(ProgressStyle::with_template(template).expect("the template is sound"))
}

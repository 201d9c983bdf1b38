//! Libraries as text: one JSON object a line, in through `import` and out through `export`; and copies of
//! libraries with their history.

pub mod copy;
pub mod digest;
pub mod export;
mod faults;
mod format;
pub mod import;
pub mod input;
mod line;
pub mod record;

pub use export::export;
pub use import::{ImportError, ImportOptions, ImportSummary, import, import_until, rehearse_until};
pub use input::{InputError, lines};

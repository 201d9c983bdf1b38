//! Libraries as text: one JSON object a line, in through `import` and out through `export`.

pub mod export;
pub mod import;
pub mod record;

pub use export::export;
pub use import::{ImportError, ImportOptions, ImportSummary, import};

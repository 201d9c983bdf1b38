//! The limits of moments.

/// How far moments may lie back, and what is kept of them.
#[derive(Clone, Copy, Debug)]
pub struct MomentSettings {
    /// The maximum number of changes since.
    pub max_changes: usize,
    /// The maximum size of what is kept of the changes since past moments, in bytes.
    pub cache_bytes: usize,
}

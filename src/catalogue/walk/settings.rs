//! What a walk takes for videos.

use super::found::Found;
use crate::domain::Text;
use crate::domain::catalogue::exclusion::is_excluded;
use crate::domain::catalogue::{Extensions, Problem, ProblemCode};

/// What a walk takes for videos.
#[derive(Clone, Debug)]
pub struct WalkSettings {
    /// The extensions of their names.
    pub extensions: Extensions,
    /// The longest path below the root, in bytes.
    pub longest_path: usize,
}

impl Default for WalkSettings {
    fn default() -> Self {
        Self { extensions: Extensions::default(), longest_path: Text::MAX_BYTES }
    }
}

impl WalkSettings {
    /// Settings for a root whose paths have this before them in the library.
    pub fn for_prefix(extensions: Extensions, path_prefix: &str) -> Self {
        let longest_path = Text::MAX_BYTES.saturating_sub(path_prefix.len() + 1);
        Self { extensions, longest_path }
    }

    /// Why a file or folder is not looked at, by its name and path alone.
    pub(super) fn refusal(&self, path: &[u8], name: &[u8]) -> Option<Found> {
        if is_excluded(name) {
            return Some(Found::Excluded { path: path.to_vec() });
        }
        let code = if str::from_utf8(name).is_err() {
            ProblemCode::NameNotUtf8
        } else if path.len() > self.longest_path {
            ProblemCode::NameTooLong
        } else {
            return None;
        };
        Some(Found::Refused { path: path.to_vec(), problem: Problem::new(code) })
    }
}

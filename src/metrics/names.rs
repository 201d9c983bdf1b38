//! The names of operations in metrics: those of the first so many, since clients make them up and
//! every one costs memory for good.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

/// The label of operations without a name.
const ANONYMOUS: &str = "anonymous";

/// The label of operations whose name is too long or exceeds the maximum number.
const OTHER: &str = "other";

/// The longest name that is shown, in bytes.
const MAX_BYTES: usize = 64;

/// The names that are known.
#[derive(Debug)]
pub(super) struct Names {
    limit: usize,
    known: RwLock<HashSet<String>>,
}

impl Names {
    pub fn at_most(limit: usize) -> Self {
        Self { limit, known: RwLock::default() }
    }

    /// The label of an operation with this name.
    pub fn label(&self, name: Option<&str>) -> String {
        let Some(name) = name else { return ANONYMOUS.to_owned() };
        match self.is_known(name) || self.learn(name) {
            true => name.to_owned(),
            false => OTHER.to_owned(),
        }
    }

    fn is_known(&self, name: &str) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    fn learn(&self, name: &str) -> bool {
        // Most often they are all taken, and nobody needs to wait for the others.
        let is_full = |known: &HashSet<String>| known.len() >= self.limit;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if name.len() > MAX_BYTES || is_full(&known) {
            return false;
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if !is_full(&known) {
            known.insert(name.to_owned());
        }
        known.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_are_told_apart_and_the_rest_is_other() {
        let names = Names::at_most(2);
        for (name, label) in [
            (Some("A"), "A"),
            (None, "anonymous"),
            (Some("B"), "B"),
            (Some("C"), "other"),
            (Some("A"), "A"),
            (Some("B"), "B"),
        ] {
            assert_eq!(names.label(name), label, "{name:?}");
        }
        assert_eq!(Names::at_most(0).label(Some("A")), "other");
    }

    #[test]
    fn a_long_name_takes_no_place() {
        let names = Names::at_most(1);
        assert_eq!(names.label(Some(&"A".repeat(65))), "other");
        assert_eq!(names.label(Some(&"A".repeat(64))), "A".repeat(64));
    }
}

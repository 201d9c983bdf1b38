//! The verdicts on the most recent documents, by text.

use std::sync::Arc;

use async_graphql::ServerError;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::checked::Document;

/// A document that is valid, or why it is not.
pub(super) type Verdict = Result<Arc<Document>, Vec<ServerError>>;

/// The most frequently used verdicts, within a memory limit.
pub(super) struct Verdicts(Cache<Arc<str>, Kept, ByBytes>);

#[derive(Clone)]
struct Kept {
    verdict: Verdict,
    bytes: u64,
}

/// The estimated memory of a token of a document, in bytes, rounded up.
const BYTES_OF_TOKEN: usize = 150;
/// The estimated memory of a field in a plan, in bytes: fragments count wherever they are used.
const BYTES_OF_FIELD: usize = 300;
/// The minimum size of any verdict, in bytes, which limits the number of small ones.
const FEWEST_BYTES: usize = 4_096;

impl Verdicts {
    /// Room for as many bytes.
    pub fn new(bytes: usize) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(bytes / (4 * FEWEST_BYTES))
            .weight_capacity(bytes as u64)
            .build()
            .expect("both capacities were given");
        let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self(Cache::with_options(options, ByBytes, hasher, lifecycle))
    }

    /// The verdict on this document, if cached.
    pub fn get(&self, text: &str) -> Option<Verdict> {
        self.0.get(text).map(|kept| kept.verdict)
    }

    /// Keeps the verdict on a document of as many tokens.
    pub fn keep(&self, text: &str, tokens: usize, verdict: &Verdict) {
        // Of a document that is refused only the messages are kept, and they are short.
        let parts = verdict.as_ref().map_or(0, |document| {
            BYTES_OF_TOKEN * tokens + BYTES_OF_FIELD * document.planned_fields()
        });
        let bytes = (text.len() + parts).max(FEWEST_BYTES) as u64;
        self.0.insert(text.into(), Kept { verdict: verdict.clone(), bytes });
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Arc<str>, Kept> for ByBytes {
    fn weight(&self, _: &Arc<str>, kept: &Kept) -> u64 {
        kept.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::document::{DocumentChecker, DocumentLimits};
    use crate::graphql::sdl;

    #[test]
    fn what_is_kept_is_limited_in_bytes_and_in_number() {
        let refused: Verdict = Err(Vec::new());
        let verdicts = Verdicts::new(1 << 20);
        verdicts.keep("{ a }", 3, &refused);
        assert!(verdicts.get("{ a }").is_some());
        assert!(verdicts.get("{ b }").is_none());
        for number in 0..5_000 {
            verdicts.keep(&format!("{{ a{number} }}"), 3, &refused);
        }
        let count = verdicts.0.len();
        assert!((100..=256).contains(&count), "{count} small ones");
        for number in 0..100 {
            verdicts.keep(&format!("{{ a{number} }} #{}", " ".repeat(50_000)), 4, &refused);
        }
        let bytes = verdicts.0.iter().map(|(text, _)| text.len()).sum::<usize>();
        assert!(bytes <= 1 << 20, "{bytes} bytes of large ones");
    }

    #[test]
    fn a_fragment_counts_wherever_a_plan_has_its_fields() {
        let limits = DocumentLimits { document_cache_bytes: 1 << 20, ..Default::default() };
        let checker = DocumentChecker::new(&sdl(), limits);
        let videos = (0..100).map(|number| format!("v{number}: video(id: 1) {{ ...F }}"));
        let videos = videos.collect::<String>();
        let fragment = "fragment F on Video { id path filename width height fileSize version }";
        for number in 0..20 {
            let document = format!("query Q{number} {{ {videos} }} {fragment}");
            checker.check_document(&document).unwrap();
        }
        let count = checker.verdicts.0.len();
        assert!((1..=4).contains(&count), "{count} documents of 800 planned fields");
    }
}

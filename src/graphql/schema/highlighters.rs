//! Highlighting in one request: each query is parsed once, and long work is done in parts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::{unconstrained, yield_now};

use super::inputs::search_query;
use crate::domain::VideoValues;
use crate::domain::search::Highlighter;
use crate::graphql::error::ApiError;

/// How many bytes of names a request examines before other requests get a turn: at most a few
/// milliseconds' work.
const BYTES_PER_TURN: usize = 16 * 1024;

/// The queries whose matches one request highlights.
#[derive(Default)]
pub struct Highlighters {
    parsed: Mutex<HashMap<String, Result<Arc<Highlighter>, ApiError>>>,
    /// The bytes examined in this turn. Locked while other requests have theirs.
    examined: tokio::sync::Mutex<usize>,
}

impl Highlighters {
    /// The highlighter of a query, once the request may examine the names of a video.
    ///
    /// # Errors
    /// `BadUserInput` when the query is too long.
    pub async fn for_video(
        &self,
        query: String,
        values: &VideoValues,
    ) -> Result<Arc<Highlighter>, ApiError> {
        let highlighter = self.of(query)?;
        // As in a batch, tokio is not to hold any of them back.
        let mut examined = unconstrained(self.examined.lock()).await;
        if *examined >= BYTES_PER_TURN {
            *examined = 0;
            yield_now().await;
        }
        *examined += values.filename.as_str().len() + values.path.as_str().len();
        Ok(highlighter)
    }

    fn of(&self, query: String) -> Result<Arc<Highlighter>, ApiError> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let highlighter = parsed
            .entry(query)
            .or_insert_with_key(|query| Ok(Arc::new(Highlighter::new(search_query(query)?))));
        highlighter.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_parsed_once() {
        let highlighters = Highlighters::default();
        let of = |query: &str| highlighters.of(query.to_owned()).ok().unwrap();
        let first = of("two towers");
        assert!(Arc::ptr_eq(&first, &of("two towers")));
        assert!(!Arc::ptr_eq(&first, &of("two")));
    }

    #[test]
    fn a_query_that_is_too_long_is_refused_every_time() {
        let highlighters = Highlighters::default();
        for _ in 0..2 {
            let refused = highlighters.of("a".repeat(1001)).err();
            assert!(matches!(refused, Some(ApiError::BadUserInput(_))));
        }
    }
}

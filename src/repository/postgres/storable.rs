//! Texts that PostgreSQL takes.

/// Whether PostgreSQL takes a text, which has no NUL then. No text of a library has one.
pub(super) fn can_be_stored(text: &str) -> bool {
    !text.contains('\0')
}

/// Those that PostgreSQL takes.
pub(super) fn storable(texts: &[String]) -> Vec<String> {
    texts.iter().filter(|text| can_be_stored(text)).cloned().collect()
}

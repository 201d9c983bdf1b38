//! Paths below a library root as people see them.

use std::fmt::Write;

/// A path below a root as text: bytes that are not UTF-8 as `\xNN`, and the root itself as `.`.
pub fn shown(path: &[u8]) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let mut text = String::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing into a string cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_shown_by_their_numbers() {
        assert_eq!(shown(b""), ".");
        assert_eq!(shown("a/é\n.mkv".as_bytes()), "a/é\n.mkv");
        assert_eq!(shown(b"not-utf8-\xff\xfe.mp4"), r"not-utf8-\xff\xfe.mp4");
        assert_eq!(shown(b"\xc3"), r"\xc3");
    }
}

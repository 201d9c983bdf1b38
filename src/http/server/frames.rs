//! Detects the ends of HTTP/2 frames and of request headers.
//!
//! Source: [RFC 9113, sections 4.1 and 6](https://www.rfc-editor.org/rfc/rfc9113#section-4.1).

/// The preface of an HTTP/2 client.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEAD_BYTES: usize = 9;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// Follows the data of a client after the [`PREFACE`].
#[derive(Default)]
pub(super) struct Frames {
    head: [u8; HEAD_BYTES],
    /// How much of the frame header was read.
    filled: usize,
    /// How much of the payload is missing.
    payload: usize,
    /// Whether headers continue in the next frame.
    in_headers: bool,
    completed: u64,
}

impl Frames {
    /// Reads what came next.
    pub fn read(&mut self, mut bytes: &[u8]) {
        while let [first, rest @ ..] = bytes {
            if self.payload > 0 {
                let length = self.payload.min(bytes.len());
                self.payload -= length;
                bytes = &bytes[length..];
            } else {
                self.head[self.filled] = *first;
                self.filled += 1;
                bytes = rest;
                if self.filled < HEAD_BYTES {
                    continue;
                }
                let [high, middle, low, ..] = self.head;
                self.payload =
                    usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
            }
            if self.payload == 0 {
                self.end_frame();
            }
        }
    }

    fn end_frame(&mut self) {
        let [_, _, _, kind, flags, ..] = self.head;
        self.filled = 0;
        self.in_headers = [HEADERS, CONTINUATION].contains(&kind) && flags & END_HEADERS == 0;
        if !self.in_headers {
            self.completed += 1;
        }
    }

    /// Whether something is incomplete: a frame, or headers of several frames.
    pub fn is_within(&self) -> bool {
        self.filled > 0 || self.in_headers
    }

    /// How many are complete.
    pub fn completed(&self) -> u64 {
        self.completed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    const LAST_DATA: &[u8] = &[0, 0, 2, 0, 1, 0, 0, 0, 1, b'{', b'}'];
    const OPEN_HEADERS: &[u8] = &[0, 0, 1, HEADERS, 0, 0, 0, 0, 1, 0x82];
    const OPEN_CONTINUATION: &[u8] = &[0, 0, 1, CONTINUATION, 0, 0, 0, 0, 1, 0x84];
    const LAST_CONTINUATION: &[u8] = &[0, 0, 0, CONTINUATION, END_HEADERS, 0, 0, 0, 1];

    #[track_caller]
    fn check(frames: &[&[u8]], expected: (bool, u64)) {
        let bytes = frames.concat();
        for size in 1..=bytes.len() {
            let mut read = Frames::default();
            bytes.chunks(size).for_each(|chunk| read.read(chunk));
            assert_eq!((read.is_within(), read.completed()), expected, "{size} at once");
        }
    }

    #[test]
    fn frames_end_where_their_length_says() {
        check(&[SETTINGS], (false, 1));
        check(&[SETTINGS, LAST_DATA, SETTINGS], (false, 3));
        check(&[SETTINGS, &LAST_DATA[..3]], (true, 1));
        check(&[SETTINGS, &LAST_DATA[..10]], (true, 1));
    }

    #[test]
    fn headers_end_with_the_frame_that_says_so() {
        check(&[OPEN_HEADERS], (true, 0));
        check(&[OPEN_HEADERS, OPEN_CONTINUATION, OPEN_CONTINUATION], (true, 0));
        check(&[OPEN_HEADERS, OPEN_CONTINUATION, LAST_CONTINUATION], (false, 1));
    }
}

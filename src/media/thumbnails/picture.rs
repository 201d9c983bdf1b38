//! JPEG files.

use std::sync::Arc;

/// A complete JPEG file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    bytes: Arc<[u8]>,
    width: u16,
    height: u16,
}

impl Picture {
    /// The largest that is taken, in bytes: far above what a picture of 1280 pixels needs.
    pub const MAX_BYTES: usize = 4 << 20;
    /// How much higher than wide a picture can be, at most.
    pub(super) const MAX_HEIGHT: u32 = 4;

    /// Reads a file that is no wider than this; none if it is something else, or incomplete.
    pub fn read(bytes: &[u8], max_width: u32) -> Option<Self> {
        if bytes.len() > Self::MAX_BYTES || !bytes.ends_with(&END) {
            return None;
        }
        let (width, height) = size(bytes)?;
        let is_sane = (1..=max_width).contains(&width.into())
            && (1..=Self::MAX_HEIGHT * max_width).contains(&height.into());
        is_sane.then(|| Self { bytes: bytes.into(), width, height })
    }

    /// The file.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// In pixels.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// In pixels.
    pub fn height(&self) -> u16 {
        self.height
    }
}

const START: [u8; 2] = [0xff, 0xd8];
const END: [u8; 2] = [0xff, 0xd9];

/// The width and the height, which stand in the frame header, before the first scan.
///
/// Source: [ITU-T T.81](https://www.w3.org/Graphics/JPEG/itu-t81.pdf), B.2.
fn size(bytes: &[u8]) -> Option<(u16, u16)> {
    let mut rest = bytes.strip_prefix(&START)?;
    let mut size = None;
    loop {
        let (head, after) = rest.split_first_chunk::<4>()?;
        let [0xff, marker, length @ ..] = *head else { return None };
        let segment = after.get(..usize::from(u16::from_be_bytes(length)).checked_sub(2)?)?;
        match marker {
            // Frame headers; three of these numbers are of other tables.
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                let [_, high, low, wide, narrow] = *segment.first_chunk::<5>()?;
                size = Some((u16::from_be_bytes([wide, narrow]), u16::from_be_bytes([high, low])));
            }
            // A scan: the picture itself follows.
            0xda => return size.filter(|_| after.len() > segment.len() + END.len()),
            _ => {}
        }
        rest = &after[segment.len()..];
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The headers of a JPEG file of this size, with so many bytes in place of its content.
    pub fn jpeg(width: u16, height: u16, content: usize) -> Vec<u8> {
        let [wide, narrow] = width.to_be_bytes();
        let [high, low] = height.to_be_bytes();
        let frame = [0xff, 0xc0, 0, 11, 8, high, low, wide, narrow, 1, 1, 0x11, 0];
        let scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
        let comment = [0xff, 0xfe, 0, 6, 0xff, 0xc0, 0, 11];
        [&START[..], &comment, &frame, &scan, &vec![7; content], &END].concat()
    }

    #[test]
    fn a_complete_file_is_read_with_its_size() {
        let picture = Picture::read(&jpeg(320, 176, 1), 320).unwrap();
        assert_eq!((picture.width(), picture.height()), (320, 176));
        assert_eq!(picture.bytes()[..], jpeg(320, 176, 1));
    }

    #[test]
    fn a_file_that_is_cut_off_is_none() {
        let whole = jpeg(320, 176, 9);
        for length in 0..whole.len() {
            assert_eq!(Picture::read(&whole[..length], 320), None, "{length}");
        }
        // Cut off, with an end at the wrong place.
        let headers = whole.len() - 9 - END.len();
        for length in 2..=headers {
            let cut = [&whole[..length], &END].concat();
            assert_eq!(Picture::read(&cut, 320), None, "{length}");
        }
    }

    #[test]
    fn a_picture_is_no_larger_than_wanted() {
        let read = |width, height| Picture::read(&jpeg(width, height, 1), 320).is_some();
        assert!(read(320, 1280) && read(2, 2));
        assert!(!read(321, 180) && !read(320, 1281) && !read(0, 180) && !read(320, 0));
        let large = jpeg(320, 180, Picture::MAX_BYTES);
        assert_eq!(Picture::read(&large, 320), None);
    }

    #[test]
    fn other_files_are_none() {
        for bytes in [&b""[..], &END, &[0xff; 64], b"\x89PNG\r\n\x1a\n", &[START, END].concat()] {
            assert_eq!(Picture::read(bytes, 320), None);
        }
        // A segment that is longer than the file, and one that is shorter than its own length.
        for length in [[0xff, 0xff], [0, 1]] {
            let bytes = [&START[..], &[0xff, 0xe0], &length, &[0; 20], &END].concat();
            assert_eq!(Picture::read(&bytes, 320), None);
        }
    }
}

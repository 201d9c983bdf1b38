//! Whether a file ends before its container says it does.
//!
//! A video whose index comes first looks whole to a probe, even if most of it is missing. A few hundred bytes
//! show that it is not.

use std::io;

use super::disk::MediaFile;

/// Whether an MP4 or Matroska file of this size is only the beginning of one.
///
/// # Errors
/// When the disk fails, or the file ends before its size.
pub fn is_truncated(file: &dyn MediaFile, size: u64) -> io::Result<bool> {
    let mut start = [0; 12];
    if size < start.len() as u64 {
        return Ok(false);
    }
    file.read_exact_at(&mut start, 0)?;
    if start.starts_with(&EBML) {
        return is_segment_cut(file, size);
    }
    let [_, _, _, _, name @ .., _, _, _, _] = start;
    if is_box(&name) { are_boxes_cut(file, size) } else { Ok(false) }
}

/// The names of the boxes that a file is made of.
const BOXES: &[&[u8; 4]] = &[
    b"emsg", b"free", b"ftyp", b"mdat", b"meta", b"mfra", b"moof", b"moov", b"pdin", b"pnot",
    b"prft", b"sidx", b"skip", b"ssix", b"styp", b"udta", b"uuid", b"wide",
];

/// Files in fragments have many boxes. Each is a read, so no more are looked at.
const MOST_BOXES: usize = 1_000;

fn is_box(name: &[u8; 4]) -> bool {
    BOXES.contains(&name)
}

/// Whether the last box ends behind the end of the file.
fn are_boxes_cut(file: &dyn MediaFile, size: u64) -> io::Result<bool> {
    let mut offset = 0;
    for _ in 0..MOST_BOXES {
        let mut header = [0; 16];
        let Some(left) = size.checked_sub(offset).filter(|left| *left >= 8) else {
            return Ok(false);
        };
        let available = at_most(left, header.len());
        file.read_exact_at(&mut header[..available], offset)?;
        let [s0, s1, s2, s3, n0, n1, n2, n3, large @ ..] = header;
        // What follows the last box may be anything.
        if !is_box(&[n0, n1, n2, n3]) {
            return Ok(false);
        }
        let length = match u32::from_be_bytes([s0, s1, s2, s3]) {
            // To the end of the file.
            0 => return Ok(false),
            1 if available < 16 => return Ok(true),
            1 => u64::from_be_bytes(large),
            small => small.into(),
        };
        if length < 8 {
            return Ok(false);
        }
        if length > left {
            return Ok(true);
        }
        offset += length;
    }
    Ok(false)
}

fn at_most(bytes: u64, most: usize) -> usize {
    usize::try_from(bytes).map_or(most, |bytes| bytes.min(most))
}

const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];
const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];

/// Whether the segment, which all of a Matroska file is but its header, ends behind the end of the file.
fn is_segment_cut(file: &dyn MediaFile, size: u64) -> io::Result<bool> {
    let Some((header, length)) = element_size(file, size, 4)? else { return Ok(false) };
    let Some(segment) = header.checked_add(length).filter(|start| start.saturating_add(4) <= size)
    else {
        return Ok(false);
    };
    let mut id = [0; 4];
    file.read_exact_at(&mut id, segment)?;
    if id != SEGMENT {
        return Ok(false);
    }
    let sized = element_size(file, size, segment + 4)?;
    Ok(sized.is_some_and(|(content, length)| content.saturating_add(length) > size))
}

/// The size of an element that stands at an offset, and where its content begins. None if it is unknown, as
/// in a live recording.
fn element_size(file: &dyn MediaFile, size: u64, offset: u64) -> io::Result<Option<(u64, u64)>> {
    let mut bytes = [0; 8];
    let available = at_most(size.saturating_sub(offset), bytes.len());
    file.read_exact_at(&mut bytes[..available], offset)?;
    let width = bytes[0].leading_zeros() as usize + 1;
    if width > available {
        return Ok(None);
    }
    let all = u64::from_be_bytes(bytes) >> (8 * (8 - width));
    let ones = (1 << (7 * width)) - 1;
    let length = all & ones;
    Ok((length != ones).then_some((offset + width as u64, length)))
}

#[cfg(test)]
mod tests;

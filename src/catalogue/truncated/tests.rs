//! Files cut in every way.

use super::*;
use crate::catalogue::Disk;
use crate::catalogue::scripted_disk::ScriptedDisk;

fn is_cut(bytes: &[u8]) -> bool {
    let disk = ScriptedDisk::new();
    disk.write("a", bytes);
    is_truncated(&*disk.open().unwrap().open_file(b"a").unwrap(), bytes.len() as u64).unwrap()
}

fn mp4_box(name: &[u8; 4], content: usize) -> Vec<u8> {
    let length = u32::try_from(content + 8).unwrap();
    [&length.to_be_bytes()[..], name, &vec![7; content]].concat()
}

#[test]
fn an_mp4_file_is_cut_where_its_last_box_goes_on() {
    let whole = [mp4_box(b"ftyp", 16), mp4_box(b"moov", 100), mp4_box(b"mdat", 1_000)].concat();
    assert!(!is_cut(&whole));
    // In each of the boxes; where the boxes end there is nothing to see.
    for length in [whole.len() - 1, 200, 131, 100, 23, 12] {
        assert!(is_cut(&whole[..length]), "{length}");
    }
    assert!(!is_cut(&whole[..24 + 108]));
    assert!(!is_cut(&[&whole[..], b"whatever follows a video"].concat()));
    assert!(!is_cut(&[&whole[..], &[0; 7]].concat()));
}

#[test]
fn a_box_can_be_large_and_can_reach_to_the_end() {
    let large = |length: u64| {
        let header = [&[0, 0, 0, 1][..], b"mdat", &length.to_be_bytes()].concat();
        [mp4_box(b"ftyp", 4), header, vec![0; 100]].concat()
    };
    assert!(!is_cut(&large(116)));
    assert!(is_cut(&large(117)) && is_cut(&large(u64::MAX)));
    assert!(is_cut(&large(116)[..22]));
    let open = [mp4_box(b"ftyp", 4), [&[0; 4][..], b"mdat", &[0; 9]].concat()].concat();
    assert!(!is_cut(&open));
    // A length that cannot be leads nowhere.
    assert!(!is_cut(&[&[0, 0, 0, 7][..], b"free", &[0; 90]].concat()));
}

fn matroska(segment_size: &[u8], content: usize) -> Vec<u8> {
    [&EBML[..], &[0x84, 1, 2, 3, 4], &SEGMENT, segment_size, &vec![0; content]].concat()
}

#[test]
fn a_matroska_file_is_cut_where_its_segment_goes_on() {
    let size = [0x01, 0, 0, 0, 0, 0, 0x03, 0xe8];
    assert!(!is_cut(&matroska(&size, 1_000)) && is_cut(&matroska(&size, 999)));
    assert!(!is_cut(&matroska(&[0x40, 100], 100)) && is_cut(&matroska(&[0x40, 100], 99)));
    // A live recording does not know its size.
    assert!(!is_cut(&matroska(&[0x01, 255, 255, 255, 255, 255, 255, 255], 9)));
    assert!(!is_cut(&matroska(&[0xff], 9)));
}

#[test]
fn other_files_are_not_judged() {
    for bytes in [&b""[..], b"abc", &[0; 64], b"this is no video", b"RIFF\0\0\0\0AVI LIST", &EBML] {
        assert!(!is_cut(bytes), "{bytes:?}");
    }
    assert!(!is_cut(&[&EBML[..], &[0; 20]].concat()));
    assert!(!is_cut(&[&EBML[..], &[0x01, 255, 255, 255, 255, 255, 255, 254, 0, 0]].concat()));
}

//! Files that are mistaken for records, recognised by their first bytes.

/// A kind of file that has no records, or has them in another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Format {
    /// What it is: `a Matroska file`.
    pub name: &'static str,
    /// How to make records from it, to be appended to a sentence; empty if that is impossible.
    pub advice: &'static str,
}

/// The offset of the application ID in an SQLite file.
const LIBRARY_MARK: &[u8] = b"Reel";

const DECOMPRESS: &str = "; decompress it first";

/// Bytes at an offset that identify a format, its name, and what to do. The first match counts.
const SIGNATURES: &[(usize, &[u8], &str, &str)] = &[
    (0, b"\x1A\x45\xDF\xA3", "a Matroska file", ""),
    (4, b"ftypqt  ", "a QuickTime file", ""),
    (4, b"moov", "a QuickTime file", ""),
    (4, b"mdat", "a QuickTime file", ""),
    (4, b"ftyp", "an MP4 file", ""),
    (8, b"AVI ", "an AVI file", ""),
    (8, b"WAVE", "a WAV file", ""),
    (0, b"\x00\x00\x01\xBA", "an MPEG program stream", ""),
    (0, b"\x00\x00\x01\xB3", "an MPEG video stream", ""),
    (0, b"\x30\x26\xB2\x75\x8E\x66\xCF\x11", "a Windows Media file", ""),
    (0, b"FLV\x01", "a Flash video", ""),
    (0, b"OggS", "an Ogg file", ""),
    (0, b"fLaC", "a FLAC file", ""),
    (0, b"ID3", "an MP3 file", ""),
    (0, b"\xFF\xD8\xFF", "a JPEG picture", ""),
    (0, b"\x89PNG\r\n\x1A\n", "a PNG picture", ""),
    (0, b"%PDF-", "a PDF file", ""),
    (0, b"PK\x03\x04", "a zip archive", DECOMPRESS),
    (0, b"PK\x05\x06", "an empty zip archive", ""),
    (0, b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive", DECOMPRESS),
    (0, b"Rar!\x1A\x07", "a RAR archive", DECOMPRESS),
    (257, b"ustar", "a tar archive", "; unpack it first"),
    (0, b"\x1F\x8B", "a gzip file", DECOMPRESS),
    (0, b"\x28\xB5\x2F\xFD", "a Zstandard file", DECOMPRESS),
    (0, b"\xFD7zXZ\x00", "an xz file", DECOMPRESS),
    (0, b"BZh", "a bzip2 file", DECOMPRESS),
    (0, b"\xFF\xFE", "text in UTF-16", "; save it as UTF-8"),
    (0, b"\xFE\xFF", "text in UTF-16", "; save it as UTF-8"),
    (0, b"#EXTM3U", "a playlist", ""),
];

/// The format of a file that starts like this; none if it can have records.
pub(super) fn of(head: &[u8]) -> Option<Format> {
    let format = |name, advice| Some(Format { name, advice });
    if head.starts_with(b"SQLite format 3\0") {
        return of_database(head);
    }
    if head.starts_with(b"\x1A\x45\xDF\xA3") && contains(head, b"webm") {
        return format("a WebM file", "");
    }
    // What stands further in shows nothing in a text: `ustar` is a part of many a filename.
    let is_binary = head.contains(&0);
    let mut signatures = SIGNATURES.iter().filter(|(at, ..)| *at == 0 || is_binary);
    if let Some((_, _, name, advice)) = signatures
        .find(|(at, signature, ..)| head.get(*at..).is_some_and(|rest| rest.starts_with(signature)))
    {
        return format(name, advice);
    }
    if is_transport_stream(head) {
        return format("an MPEG transport stream", "");
    }
    match is_binary {
        true => format("a binary file", ""),
        false => of_text(head.trim_ascii_start()),
    }
}

fn of_database(head: &[u8]) -> Option<Format> {
    let is_library = head.get(68..72) == Some(LIBRARY_MARK);
    Some(match is_library {
        true => Format {
            name: "a Reelgraph library",
            advice: "; use `reelgraph export` to write the records of a library, or `reelgraph \
                     restore` to restore a backup",
        },
        false => Format { name: "an SQLite database", advice: "" },
    })
}

/// Whether packets of 188 bytes start with their sync byte, or those of 192 bytes that Blu-ray
/// discs have.
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)].into_iter().any(|(begin, length)| {
        [begin, begin + length].into_iter().all(|at| head.get(at) == Some(&b'G'))
    })
}

fn of_text(text: &[u8]) -> Option<Format> {
    let format = |name, advice| Some(Format { name, advice });
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    match line.first()? {
        b'[' => format("a JSON array", "; convert it with `jq -c '.[]'`"),
        b'{' if line.len() == 1 && text.len() > 1 => {
            format("JSON over several lines", "; convert it with `jq -c .`")
        }
        b'{' => None,
        b'<' => format("an XML or HTML file", ""),
        _ => of_table(line),
    }
}

fn of_table(line: &[u8]) -> Option<Format> {
    let columns = |separator: u8| line.iter().filter(|byte| **byte == separator).count() > 1;
    [(b'\t', "a table of tab-separated values"), (b',', "a CSV file"), (b';', "a CSV file")]
        .into_iter()
        .find(|(separator, _)| columns(*separator))
        .map(|(_, name)| Format { name, advice: "" })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(head: &[u8], name: &str) {
        assert_eq!(of(head).map(|format| format.name), Some(name), "{head:?}");
    }

    #[test]
    fn films_are_named_by_their_containers() {
        is(b"\x1A\x45\xDF\xA3\x01\x00matroska", "a Matroska file");
        is(b"\x1A\x45\xDF\xA3\x01\x00webm", "a WebM file");
        is(b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", "an MP4 file");
        is(b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00", "a QuickTime file");
        is(b"RIFF\x00\x10\x00\x00AVI LIST", "an AVI file");
        is(b"\x00\x00\x01\xBA\x44", "an MPEG program stream");
        let mut packets = [0xFF; 400];
        (packets[0], packets[188]) = (b'G', b'G');
        is(&packets, "an MPEG transport stream");
        let mut packets = [0; 400];
        (packets[4], packets[196]) = (b'G', b'G');
        is(&packets, "an MPEG transport stream");
    }

    #[test]
    fn databases_and_archives_are_named() {
        let mut database = [0; 100];
        database[..16].copy_from_slice(b"SQLite format 3\0");
        is(&database, "an SQLite database");
        database[68..72].copy_from_slice(LIBRARY_MARK);
        is(&database, "a Reelgraph library");
        is(b"PK\x03\x04\x14", "a zip archive");
        is(b"\x1F\x8B\x08", "a gzip file");
        let mut archive = [0; 512];
        archive[257..262].copy_from_slice(b"ustar");
        is(&archive, "a tar archive");
        is(b"\x7FELF\x02\x01\x01\0\0", "a binary file");
    }

    #[test]
    fn texts_of_another_form_are_named() {
        is(b"  [\n  {\"path\":", "a JSON array");
        is(b"[]", "a JSON array");
        is(b"{\n  \"path\": \"/a\"\n}", "JSON over several lines");
        is(b"{\r\n  \"path\": \"/a\"\r\n}", "JSON over several lines");
        is(b"path,filename,width\n/a,a,1\n", "a CSV file");
        is(b"path;filename;width\r\n", "a CSV file");
        is(b"path\tfilename\twidth\n", "a table of tab-separated values");
        is(b"\xFF\xFE{\0\"\0", "text in UTF-16");
        is(b"<?xml version=\"1.0\"?>", "an XML or HTML file");
    }

    /// As long a head as is looked at, which begins so.
    fn head(begin: &[u8]) -> Vec<u8> {
        let mut head = begin.to_vec();
        head.resize(512, 0);
        head
    }

    #[test]
    fn every_signature_names_its_own_kind_of_file() {
        for (at, signature, name, advice) in SIGNATURES {
            let mut head = head(&[]);
            head[*at..at + signature.len()].copy_from_slice(signature);
            let format = Format { name, advice };
            assert_eq!(of(&head), Some(format), "{signature:?} at {at}");
            // The last byte counts as well.
            head[at + signature.len() - 1] ^= 0xFF;
            assert_ne!(of(&head), Some(format), "{signature:?} at {at}, and another last byte");
        }
    }

    #[test]
    fn files_are_named_by_their_first_bytes_as_programs_write_them() {
        // Of tar, the forms of POSIX and of GNU.
        let archive_of = |magic: &[u8]| [&b"a/"[..], &[0; 255], magic].concat();
        for (begin, name) in [
            (&b"\0\0\0\x1Cftypmp42\0\0\0\x01isommp41mp42"[..], "an MP4 file"),
            (b"\0\0\0\x08wide\0\0\x10\0mdat", "a binary file"),
            (b"\0\0\0\x6Cmoov\0\0\0\x6Cmvhd", "a QuickTime file"),
            (b"RIFF\x24\x08\0\0WAVEfmt \x10\0\0\0", "a WAV file"),
            (b"RIFF\x24\x08\0\0WEBPVP8 ", "a binary file"),
            (b"\0\0\x01\xB3\x14\0\xF0\x13", "an MPEG video stream"),
            (b"PK\x03\x04\x0A\0\0\0\0\0", "a zip archive"),
            (b"PK\x05\x06\0\0\0\0", "an empty zip archive"),
            (&archive_of(b"ustar\x0000"), "a tar archive"),
            (&archive_of(b"ustar  \0"), "a tar archive"),
            (b"\x1F\x8B\x08\x08\0\0\0\0\0\x03", "a gzip file"),
            (b"\x28\xB5\x2F\xFD\x24\x02\x11\0\0", "a Zstandard file"),
            (b"\xFD7zXZ\0\0\x04", "an xz file"),
            (b"BZh91AY&SY", "a bzip2 file"),
        ] {
            assert_eq!(of(&head(begin)).map(|format| format.name), Some(name), "{begin:?}");
        }
    }

    #[test]
    fn a_record_may_have_any_text_at_any_place() {
        for (at, signature, ..) in SIGNATURES.iter().filter(|(at, ..)| *at > 0) {
            let signature = str::from_utf8(signature).unwrap();
            let begin = "{\"path\":\"";
            let filling = "x".repeat(at.saturating_sub(begin.len()));
            let line = format!("{begin}{filling}{signature}\"}}");
            assert_eq!(of(line.as_bytes()), None, "{line}");
        }
        let tabulated = format!("{}ustar\tb\tc\n", "x".repeat(257));
        is(tabulated.as_bytes(), "a table of tab-separated values");
    }

    #[test]
    fn a_database_is_named_however_little_of_it_there_is() {
        is(b"SQLite format 3\0", "an SQLite database");
        let mut database = b"SQLite format 3\0".to_vec();
        database.resize(68, 0);
        database.extend(b"Ree");
        is(&database, "an SQLite database");
    }

    #[test]
    fn packets_that_do_not_follow_each_other_are_no_transport_stream() {
        let mut packets = [0xFF; 400];
        (packets[0], packets[187]) = (b'G', b'G');
        assert_eq!(of(&packets), None);
        assert_eq!(of(&packets[..100]), None);
    }

    #[test]
    fn texts_come_with_advice_that_makes_records_of_them() {
        for (text, advice) in [
            (&b"[{}]"[..], "; convert it with `jq -c '.[]'`"),
            (b"{\n}", "; convert it with `jq -c .`"),
            (b"\xFE\xFF\0{", "; save it as UTF-8"),
            (b"a,b,c\n", ""),
        ] {
            assert_eq!(of(text).map(|format| format.advice), Some(advice), "{text:?}");
        }
        // Two columns may as well be a sentence.
        assert_eq!(of(b"hello, world\n"), None);
        is(b"#EXTM3U\n/a.mkv\n", "a playlist");
    }

    #[test]
    fn whatever_may_have_records_is_left_to_the_reader_of_lines() {
        for text in
            [&b""[..], b"\n\n", b" {\"path\":\"/a\"}", b"{}", b"{", b"{\"a\":1,\"b\":2}", b"hello"]
        {
            assert_eq!(of(text), None, "{text:?}");
        }
    }
}

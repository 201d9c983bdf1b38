//! The format of an input, by its first bytes: records, records compressed with gzip, or another
//! file.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use super::format;

/// How much of an input identifies its format.
const HEAD_BYTES: u64 = 512;

const GZIP: &[u8] = b"\x1F\x8B";

/// UTF-8 needs no byte order mark, but programs on Windows write one.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Why an input cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Its first bytes could not be read.
    #[error("could not read the input")]
    Read(#[from] io::Error),
    /// It is a file of another kind.
    #[error("this is {0}: import reads records, one JSON object per line{1}")]
    Other(String, &'static str),
}

/// The lines of an input, decompressed where gzip has compressed them, without a byte order mark.
///
/// # Errors
/// When the first bytes cannot be read, or show that the input is something else than lines of JSON.
pub fn lines(input: impl BufRead + Send + 'static) -> Result<Box<dyn BufRead + Send>, InputError> {
    let (head, input) = peek(input)?;
    if !head.starts_with(GZIP) {
        return plain(&head, input, "");
    }
    let decoder = MultiGzDecoder::new(Cursor::new(head).chain(input));
    let (head, input) = peek(BufReader::new(Decompressed(decoder)))?;
    plain(&head, input, " compressed with gzip")
}

/// A decoder whose errors say what was to be decompressed.
struct Decompressed<R>(R);

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let words = format!("the gzip file ends too early or is damaged: {error}");
            io::Error::new(error.kind(), words)
        })
    }
}

fn peek<R: BufRead>(mut input: R) -> io::Result<(Vec<u8>, R)> {
    let mut head = Vec::new();
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok((head, input))
}

fn plain(
    head: &[u8],
    rest: impl BufRead + Send + 'static,
    packed: &str,
) -> Result<Box<dyn BufRead + Send>, InputError> {
    let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    match format::of(text) {
        Some(format) => Err(InputError::Other(format!("{}{packed}", format.name), format.advice)),
        None => Ok(Box::new(Cursor::new(text.to_vec()).chain(rest))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const RECORD: &[u8] = b"{\"path\":\"/a\"}\n";

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[track_caller]
    fn reads(input: Vec<u8>, expected: &[u8]) {
        let mut text = Vec::new();
        lines(Cursor::new(input)).unwrap().read_to_end(&mut text).unwrap();
        assert_eq!(text, expected);
    }

    #[test]
    fn records_are_read_as_they_are() {
        reads(Vec::new(), b"");
        reads(b"\n".to_vec(), b"\n");
        reads(RECORD.to_vec(), RECORD);
        reads(RECORD.repeat(1000), &RECORD.repeat(1000));
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        reads(BYTE_ORDER_MARK.to_vec(), b"");
        reads([BYTE_ORDER_MARK, RECORD].concat(), RECORD);
        reads(packed(&[BYTE_ORDER_MARK, RECORD].concat()), RECORD);
    }

    #[test]
    fn what_gzip_has_compressed_is_decompressed() {
        reads(packed(b""), b"");
        reads(packed(&RECORD.repeat(1000)), &RECORD.repeat(1000));
        // As `cat a.gz b.gz` and pigz make them.
        reads([packed(RECORD), packed(RECORD)].concat(), &RECORD.repeat(2));
    }

    #[test]
    fn what_gzip_has_compressed_is_named_for_what_it_is() {
        let Err(error) = lines(Cursor::new(packed(b"\x1A\x45\xDF\xA3...matroska..."))) else {
            panic!("a film was read");
        };
        assert_eq!(
            error.to_string(),
            "this is a Matroska file compressed with gzip: import reads records, one JSON object \
             per line"
        );
    }

    #[test]
    fn compressed_text_that_is_cut_short_is_an_error_where_it_ends() {
        let whole =
            packed(&(0..1000).flat_map(|n| format!("{n}\n").into_bytes()).collect::<Vec<_>>());
        let mut text = Vec::new();
        let cut = Cursor::new(whole[..whole.len() / 2].to_vec());
        let error = lines(cut).unwrap().read_to_end(&mut text).unwrap_err();
        assert!(
            error.to_string().starts_with("the gzip file ends too early or is damaged"),
            "{error}"
        );
        assert!(text.starts_with(b"0\n1\n2\n"));
    }
}

//! The names of files in the folder: nothing but digits, which no path can be smuggled into.

use crate::domain::file::{Fingerprint, ThumbnailWidth};
use crate::media::thumbnails::wanted::Key;

/// What the names of unfinished files end with.
const UNFINISHED: &str = ".part";

/// The name of a folder; there is one for each value of the first byte of a fingerprint.
pub(super) fn folder(number: u8) -> String {
    format!("{number:02x}")
}

/// The folder of a picture, and its name in there.
pub(super) fn place((fingerprint, width): Key) -> (String, String) {
    let digits = fingerprint.digits();
    (digits[..2].to_owned(), format!("{digits}-{}.jpg", width.pixels()))
}

/// The name of a file that is being written; the number tells it from all others.
pub(super) fn unfinished(name: &str, number: u64) -> String {
    format!("{name}.{number:016x}{UNFINISHED}")
}

/// The picture that a file is; none if it is no picture of this folder.
pub(super) fn read(folder: &str, name: &[u8]) -> Option<Key> {
    let name = str::from_utf8(name).ok()?;
    let (digits, pixels) = name.strip_suffix(".jpg")?.split_once('-')?;
    let width = ThumbnailWidth::of(pixels.parse().ok()?)?;
    let key = (Fingerprint::from_digits(digits)?, width);
    // Numbers have several spellings.
    (place(key) == (folder.to_owned(), name.to_owned())).then_some(key)
}

/// Whether a file is a picture of this folder that is being written, or was.
pub(super) fn is_unfinished(folder: &str, name: &[u8]) -> bool {
    let parts = || {
        let name = str::from_utf8(name).ok()?.strip_suffix(UNFINISHED)?;
        let (picture, number) = name.rsplit_once('.')?;
        let is_number = number.len() == 16 && number.bytes().all(|it| it.is_ascii_hexdigit());
        read(folder, picture.as_bytes()).filter(|_| is_number)
    };
    parts().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "00112233445566778899aabbccddeeff";

    #[test]
    fn a_picture_has_one_name() {
        let key = (Fingerprint::from_digits(DIGITS).unwrap(), ThumbnailWidth::W320);
        let (in_folder, name) = place(key);
        assert_eq!((&*in_folder, &*name), ("00", "00112233445566778899aabbccddeeff-320.jpg"));
        assert_eq!(folder(0), in_folder);
        assert_eq!(read(&in_folder, name.as_bytes()), Some(key));
        let unfinished = unfinished(&name, 0xfe);
        assert_eq!(unfinished, format!("{DIGITS}-320.jpg.00000000000000fe.part"));
        assert!(is_unfinished("00", unfinished.as_bytes()));
        assert_eq!(read("00", unfinished.as_bytes()), None);
    }

    #[test]
    fn other_files_are_no_pictures() {
        for name in [
            "",
            "CACHEDIR.TAG",
            "holiday-320.jpg",
            "00112233445566778899aabbccddeeff.jpg",
            "00112233445566778899aabbccddeeff-321.jpg",
            "00112233445566778899aabbccddeeff-0320.jpg",
            "00112233445566778899aabbccddeeff-+320.jpg",
            "00112233445566778899aabbccddeeff-320.jpeg",
            "00112233445566778899AABBCCDDEEFF-320.jpg",
            "0112233445566778899aabbccddeeff-320.jpg",
            "01112233445566778899aabbccddeeff-320.jpg",
            "../00112233445566778899aabbccddeeff-320.jpg",
        ] {
            assert_eq!(read("00", name.as_bytes()), None, "{name}");
            assert!(!is_unfinished("00", name.as_bytes()), "{name}");
            assert!(!is_unfinished("00", unfinished(name, 1).as_bytes()), "{name}");
        }
        let name = format!("{DIGITS}-320.jpg");
        assert_eq!(read("01", name.as_bytes()), None);
        for end in ["part", ".part", ".1.part", ".00000000000000fg.part", ".00000000000000fe.par"] {
            assert!(!is_unfinished("00", format!("{name}{end}").as_bytes()), "{end}");
        }
        assert_eq!(read("00", b"\xff\xfe-320.jpg"), None);
    }
}

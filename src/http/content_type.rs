//! The content types of files, by the extensions of their names.

/// The type of a file with this name; none if its extension is not one of a website.
pub(super) fn of_name(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    let (_, content_type) =
        TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension))?;
    Some(content_type)
}

const TYPES: [(&str, &str); 31] = [
    ("avif", "image/avif"),
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("m4a", "audio/mp4"),
    ("map", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extension_decides_in_any_case() {
        for (name, expected) in [
            ("index-1a2b.js", Some("text/javascript; charset=utf-8")),
            ("app.js.map", Some("application/json")),
            ("a/b.c/PHOTO.PNG", Some("image/png")),
            ("film.mkv", None),
            ("js", None),
            ("", None),
        ] {
            assert_eq!(of_name(name), expected, "{name}");
        }
        assert!(TYPES.is_sorted_by_key(|(extension, _)| *extension));
    }
}

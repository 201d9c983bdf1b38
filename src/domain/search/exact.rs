//! Exact matches: queries that are a whole name, whatever signs it has.

use std::iter;

use super::query::SearchQuery;

/// The extensions that a query can omit from a filename, with their dots, in lower or upper case.
/// The list is fixed, so that a store looks up a few filenames and need not know what an extension
/// is.
const EXTENSIONS: [&str; 24] = [
    "3gp", "asf", "avi", "divx", "flv", "iso", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg",
    "mts", "mxf", "ogm", "ogv", "rm", "rmvb", "ts", "vob", "webm", "wmv", "wtv",
];

impl SearchQuery {
    /// Whether this is the whole name or path of a video, apart from surrounding white space.
    pub(super) fn is_exact(&self, filename: &str, path: &str) -> bool {
        self.is_whole_path(path) || self.length_in_filename(filename).is_some()
    }

    /// Whether this is the whole path.
    pub(super) fn is_whole_path(&self, path: &str) -> bool {
        self.names().any(|name| path == name)
    }

    /// The bytes of a filename that this is: all of them, or all before its extension. None if it
    /// is neither.
    pub(super) fn length_in_filename(&self, filename: &str) -> Option<usize> {
        self.names().find(|name| is_filename(filename, name)).map(str::len)
    }

    /// An exact match has one of these paths or of the filenames.
    pub fn exact_paths(&self) -> Vec<&str> {
        self.names().collect()
    }

    /// An exact match has one of these filenames or of the paths.
    pub fn exact_filenames(&self) -> Vec<String> {
        self.names().flat_map(filenames).collect()
    }

    /// Whether it can match no video, neither by words nor by name.
    pub fn finds_nothing(&self) -> bool {
        self.requires_nothing() && self.names().next().is_none()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let (text, trimmed) = (self.text.as_str(), self.text.trim());
        let written = (text != trimmed).then_some(text);
        iter::once(trimmed).filter(|name| !name.is_empty()).chain(written)
    }
}

fn filenames(name: &str) -> impl Iterator<Item = String> {
    let with = move |extension: &str| format!("{name}.{extension}");
    let lower = EXTENSIONS.iter().map(move |extension| with(extension));
    let upper = EXTENSIONS.iter().map(move |extension| with(&extension.to_ascii_uppercase()));
    iter::once(name.to_owned()).chain(lower).chain(upper)
}

fn is_filename(filename: &str, name: &str) -> bool {
    let Some(rest) = filename.strip_prefix(name) else { return false };
    rest.is_empty() || rest.strip_prefix('.').is_some_and(is_extension)
}

fn is_extension(text: &str) -> bool {
    EXTENSIONS.iter().any(|extension| *extension == text || extension.to_ascii_uppercase() == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::search::Tier;
    use crate::domain::{Text, samples};

    fn rank(filename: &str, path: &str, query: &str) -> Option<Tier> {
        let mut values = samples::new_video(1, "a").values;
        (values.filename, values.path) = (Text::new(filename).unwrap(), Text::new(path).unwrap());
        let query = SearchQuery::parse(query).unwrap();
        let is_looked_up = query.exact_filenames().contains(&filename.to_owned())
            || query.exact_paths().contains(&path);
        assert_eq!(is_looked_up, query.is_exact(filename, path), "{filename} {path}");
        query.rank(&values)
    }

    #[test]
    fn a_whole_name_is_found_whatever_its_signs() {
        let name = "-Show \"A\" - 7.1 subs -DDR.mkv";
        for query in [name, "-Show \"A\" - 7.1 subs -DDR", " -Show \"A\" - 7.1 subs -DDR.mkv "] {
            assert_eq!(rank(name, "/m/x", query), Some(Tier::Exact), "{query}");
        }
        assert_eq!(rank("x", "/m/- A -", "/m/- A -"), Some(Tier::Exact));
        assert_eq!(rank("(", "/m/x", "("), Some(Tier::Exact));
        assert_eq!(rank(" ", "/m/x", " "), Some(Tier::Exact));
        assert_eq!(rank("A.MKV", "/m/x", "A"), Some(Tier::Exact));
    }

    #[test]
    fn another_name_is_not_exact() {
        for (filename, query) in
            [("Two.mkv", "two"), ("Two.2002.mkv", "Two"), ("Two.Mkv", "Two"), ("Twos.mkv", "Two")]
        {
            assert_ne!(rank(filename, "/m/x", query), Some(Tier::Exact), "{filename}");
        }
        assert_eq!(rank("(test).mkv", "/m/x", "("), None);
        assert!(SearchQuery::parse("").unwrap().finds_nothing());
        assert!(!SearchQuery::parse("(").unwrap().finds_nothing());
    }
}

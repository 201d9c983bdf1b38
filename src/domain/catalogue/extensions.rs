//! Which files of a library root may be videos, by their names.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::domain::scalars::Invalid;

/// The extensions of the files that are read: `mp4`, `mkv` and so on. What a file is, its content decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extensions(BTreeSet<String>);

impl Extensions {
    /// Those that are read unless others are set, with commas between them.
    pub const DEFAULT: &str = "mp4,m4v,mov,mkv,webm,avi,divx,wmv,asf,flv,f4v,ts,m2ts,mts,mpg,mpeg,vob,\
                               ogv,ogm,3gp,3g2,mxf,dv,rm,rmvb";
    /// Those of files that are still being downloaded.
    const UNFINISHED: &[&str] = &["part", "crdownload", "!qb", "tmp", "partial", "aria2"];
    const LONGEST: usize = 16;

    /// Whether a file with this name is read.
    pub fn include(&self, name: &[u8]) -> bool {
        Self::of(name).is_some_and(|extension| self.0.contains(&extension))
    }

    /// The extension of a name, in lower case; none if there is none that could be set.
    pub fn of(name: &[u8]) -> Option<String> {
        let dot = name.iter().rposition(|byte| *byte == b'.')?;
        let extension = str::from_utf8(&name[dot + 1..]).ok()?;
        (dot > 0 && is_extension(extension)).then(|| extension.to_ascii_lowercase())
    }
}

fn is_extension(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'!';
    (1..=Extensions::LONGEST).contains(&text.len()) && text.bytes().all(is_one)
}

impl Default for Extensions {
    fn default() -> Self {
        Self(Self::DEFAULT.split(',').map(str::to_owned).collect())
    }
}

impl FromStr for Extensions {
    type Err = Invalid;

    /// Reads extensions with commas between them, with or without dots, in any case.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let read = |extension: &str| {
            let extension = extension.trim();
            let extension = extension.strip_prefix('.').unwrap_or(extension).to_ascii_lowercase();
            if !is_extension(&extension) {
                return Err(Invalid::new(format!(
                    "must be extensions such as `mp4,mkv`, of letters and digits, not {extension:?}"
                )));
            }
            match Self::UNFINISHED.contains(&extension.as_str()) {
                true => Err(Invalid::new(format!(
                    "must not have {extension}: such files are unfinished"
                ))),
                false => Ok(extension),
            }
        };
        text.split(',').map(read).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_chosen_by_their_extensions_in_any_case() {
        let extensions = Extensions::default();
        for name in ["a.mkv", "A.MKV", ".x.mp4", "a.b.webm", "-y.mp4", "a\n.ts"] {
            assert!(extensions.include(name.as_bytes()), "{name}");
        }
        assert!(extensions.include(b"\xff\xfe.mp4"));
        for name in ["mkv", ".mkv", "a.mkv.part", "a.mkv ", "a.", "a", "", "a.srt", "a.mp4/"] {
            assert!(!extensions.include(name.as_bytes()), "{name}");
        }
    }

    #[test]
    fn extensions_can_be_set() {
        assert_eq!(Extensions::DEFAULT.parse(), Ok(Extensions::default()));
        let extensions: Extensions = " .MKV,mp4".parse().unwrap();
        assert!(extensions.include(b"a.mkv") && extensions.include(b"a.mp4"));
        assert!(!extensions.include(b"a.webm"));
        for wrong in ["", "mkv,", "mk v", "mkv;mp4", "*.mkv", "part", "mp4,crdownload", "!qB"] {
            assert!(wrong.parse::<Extensions>().is_err(), "{wrong}");
        }
    }
}

//! Library roots: folders whose videos a library has.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::shown::shown;
use crate::domain::scalars::{Invalid, Text};
use crate::domain::timestamp::Timestamp;
use crate::domain::video::VideoId;

/// The ID of a library root: a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootId(Uuid);

impl RootId {
    /// The UUID's 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The ID with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl From<Uuid> for RootId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for RootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for RootId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(|id: VideoId| Self::from_bytes(*id.as_bytes()))
    }
}

/// The name of a library root: a short text that fits into a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RootName(String);

impl RootName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 100;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RootName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RootName {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let most = Self::MAX_BYTES;
        if text.is_empty() || text.len() > most {
            return Err(Invalid::new(format!("must have 1 to {most} bytes, not {}", text.len())));
        }
        if text.contains('=') || text.chars().any(char::is_control) || text.trim() != text {
            return Err(Invalid::new(
                "must not contain an equals sign or a control character, nor begin or end with a space",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A folder whose videos the library has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its permanent ID.
    pub id: RootId,
    /// Unique among roots.
    pub name: RootName,
    /// Where the folder is, on the machine that looked at it last. Without a slash at its end.
    pub directory: Vec<u8>,
    /// What the paths of its videos begin with, before a slash: the folder at the first scan.
    pub path_prefix: Text,
    /// What the last look at it found.
    pub look: RootLook,
    /// Until when a server promised to look after it; none if no server ever did, or if it has been
    /// looked at by hand since.
    pub served_until: Option<Timestamp>,
    /// Until when a server has promised to notice what changes in it; none if no server does.
    pub watched_until: Option<Timestamp>,
}

/// What a look at a root found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootLook {
    /// Why the root could not be reached, in a sentence without its folder; none if it could.
    pub fault: Option<String>,
    /// The device that the folder is on; none if it was never reached.
    pub device: Option<u64>,
}

/// Whether a root can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootState {
    /// It could at the last look.
    Online,
    /// It cannot, for this reason: a sentence without its folder.
    Offline(String),
}

impl Root {
    /// Whether it can be reached at this time, as far as is known.
    pub fn state(&self, now: Timestamp) -> RootState {
        match &self.look.fault {
            Some(reason) => RootState::Offline(reason.clone()),
            None if self.served_until.is_some_and(|until| until < now) => {
                RootState::Offline(self.unserved())
            }
            None => RootState::Online,
        }
    }

    /// Whether a server looks after it at this time, so that scans that are asked for will begin.
    pub fn is_served(&self, now: Timestamp) -> bool {
        self.served_until.is_some_and(|until| until >= now)
    }

    /// Whether it can be reached, and a server notices at this time what changes in it.
    pub fn is_watched(&self, now: Timestamp) -> bool {
        self.state(now) == RootState::Online && self.watched_until.is_some_and(|until| until >= now)
    }

    /// That no server looks after it, and what to do.
    pub fn unserved(&self) -> String {
        let name = &self.name;
        format!(
            "No running server has the library root {name} in its settings. Start one with --root \
             {name}=DIR."
        )
    }

    /// The path of the video whose file is there below the root.
    ///
    /// # Errors
    /// When no video can have it: it is too long, or no text.
    pub fn path_of(&self, below: &[u8]) -> Result<Text, Invalid> {
        path_below(&self.path_prefix, below)
    }
}

/// The path of the video whose file is there below a root.
///
/// # Errors
/// When no video can have it: it is too long, or no text.
pub fn path_below(prefix: &Text, below: &[u8]) -> Result<Text, Invalid> {
    let below = str::from_utf8(below).map_err(|_| Invalid::new("must be UTF-8"))?;
    match prefix.as_str() {
        "/" => Text::new(&format!("/{below}")),
        prefix => Text::new(&format!("{prefix}/{below}")),
    }
}

/// Which root a scan of a folder belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootOf {
    /// This one, and the folder is there below it; the empty path is the root itself.
    Known(RootId, Vec<u8>),
    /// None so far. A new root can have this name.
    New(RootName),
}

impl RootOf {
    /// Finds the root that a folder belongs to.
    ///
    /// # Errors
    /// When it cannot belong to any: see [`expect_free`].
    pub fn directory(directory: &[u8], roots: &[Root]) -> Result<Self, Invalid> {
        let below_root = |root: &Root| Some((root.id, below(directory, &root.directory)?.to_vec()));
        match roots.iter().find_map(below_root) {
            Some((id, rest)) => Ok(Self::Known(id, rest)),
            None => {
                expect_free(directory, roots)?;
                Ok(Self::New(free_name(directory, roots)))
            }
        }
    }
}

/// Verifies that a folder can be a root beside these.
///
/// # Errors
/// When it contains a root or is in one, and when its videos would have paths that those of a root have,
/// which was elsewhere before.
pub fn expect_free(directory: &[u8], roots: &[Root]) -> Result<(), Invalid> {
    let is_inside = |one: &[u8], other: &[u8]| below(one, other).is_some();
    for Root { name, directory: other, path_prefix, .. } in roots {
        if is_inside(other, directory) && other != directory {
            return Err(Invalid::new(format!(
                "contains the library root {name}: scan that one, or another folder"
            )));
        }
        if is_inside(directory, other) {
            return Err(Invalid::new(format!(
                "is in the library root {name}: a folder can be in one root only"
            )));
        }
        let prefix = path_prefix.as_str().as_bytes();
        if is_inside(prefix, directory) || is_inside(directory, prefix) {
            return Err(Invalid::new(format!(
                "would have videos with the same paths as the library root {name}, which was there \
                 before: mount it elsewhere"
            )));
        }
    }
    Ok(())
}

/// The rest of a path that is in a folder, or is that folder.
pub fn below<'p>(path: &'p [u8], folder: &[u8]) -> Option<&'p [u8]> {
    let rest = path.strip_prefix(folder)?;
    match rest {
        b"" => Some(b""),
        rest if folder.is_empty() || folder.ends_with(b"/") => Some(rest),
        rest => rest.strip_prefix(b"/"),
    }
}

/// The name of a folder, with a number if a root has it.
fn free_name(directory: &[u8], roots: &[Root]) -> RootName {
    let last = directory.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let clean: String =
        shown(last).chars().map(|it| if it == '=' || it.is_control() { '-' } else { it }).collect();
    let mut end = clean.len().min(RootName::MAX_BYTES - "-999999".len());
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    let base = match clean[..end].trim() {
        "" | "." => "root",
        name => name,
    };
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let names = [base.to_owned()].into_iter().chain(numbered);
    let is_free = |name: &RootName| roots.iter().all(|root| root.name != *name);
    let free = names.map_while(|name| name.parse().ok()).find(is_free);
    free.expect("there are more numbers than roots")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(number: u8, name: &str, directory: &str) -> Root {
        Root {
            id: RootId::from_bytes([number; 16]),
            name: name.parse().unwrap(),
            directory: directory.as_bytes().to_vec(),
            path_prefix: Text::new(directory).unwrap(),
            look: RootLook::default(),
            served_until: None,
            watched_until: None,
        }
    }

    #[test]
    fn a_folder_belongs_to_the_root_that_it_is_in() {
        let roots = [root(1, "films", "/media/films"), root(2, "clips", "/media/clips")];
        let of = |directory: &str| RootOf::directory(directory.as_bytes(), &roots);
        let id = roots[0].id;
        assert_eq!(of("/media/films"), Ok(RootOf::Known(id, Vec::new())));
        assert_eq!(of("/media/films/a/b"), Ok(RootOf::Known(id, b"a/b".to_vec())));
        assert_eq!(of("/media/films2"), Ok(RootOf::New("films2".parse().unwrap())));
        assert_eq!(of("/other/films"), Ok(RootOf::New("films-2".parse().unwrap())));
        assert_eq!(of("/other/a=b\n"), Ok(RootOf::New("a-b-".parse().unwrap())));
        for outer in ["/", "/media"] {
            let error = of(outer).unwrap_err().to_string();
            assert!(error.starts_with("contains the library root films:"), "{error}");
        }
    }

    #[test]
    fn paths_belong_to_one_root_also_after_it_was_moved() {
        let moved = Root { directory: b"/mnt/new".to_vec(), ..root(1, "films", "/media/films") };
        let of =
            |directory: &str| RootOf::directory(directory.as_bytes(), std::slice::from_ref(&moved));
        assert_eq!(of("/mnt/new/a"), Ok(RootOf::Known(moved.id, b"a".to_vec())));
        for taken in ["/media/films", "/media/films/a", "/media"] {
            let error = of(taken).unwrap_err().to_string();
            assert!(error.starts_with("would have videos with the same paths"), "{error}");
        }
        let error = expect_free(b"/mnt/new/a", &[moved]).unwrap_err().to_string();
        assert!(error.starts_with("is in the library root films"), "{error}");
    }

    #[test]
    fn the_root_of_all_files_contains_every_folder() {
        let roots = [root(1, "all", "/")];
        let of = |directory: &str| RootOf::directory(directory.as_bytes(), &roots);
        assert_eq!(of("/a/b"), Ok(RootOf::Known(roots[0].id, b"a/b".to_vec())));
        assert_eq!(roots[0].path_of(b"a/b.mkv").unwrap().as_str(), "/a/b.mkv");
        assert_eq!(RootOf::directory(b"/", &[]), Ok(RootOf::New("root".parse().unwrap())));
    }

    #[test]
    fn a_root_that_no_server_has_any_more_is_offline() {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let by_hand = root(1, "films", "/media/films");
        assert_eq!(by_hand.state(at(100)), RootState::Online);
        let served = Root { served_until: Some(at(50)), ..by_hand };
        assert_eq!(served.state(at(50)), RootState::Online);
        let RootState::Offline(reason) = served.state(at(51)) else { panic!("it is online") };
        assert!(reason.contains("--root films=DIR"), "{reason}");
    }

    #[test]
    fn a_root_is_watched_while_the_promise_holds_and_it_can_be_reached() {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let served = Root { served_until: Some(at(60)), ..root(1, "films", "/media/films") };
        assert!(!served.is_watched(at(40)));
        let watched = Root { watched_until: Some(at(50)), ..served };
        assert!(watched.is_watched(at(50)) && !watched.is_watched(at(51)));
        let look = RootLook { fault: Some("It is empty.".to_owned()), device: None };
        assert!(!Root { look, ..watched.clone() }.is_watched(at(50)));
        assert!(!Root { served_until: Some(at(49)), ..watched }.is_watched(at(50)));
    }

    #[test]
    fn a_name_fits_into_a_setting_and_a_line() {
        for wrong in ["", " a", "a ", "a=b", "a\nb", &"a".repeat(101)] {
            assert!(wrong.parse::<RootName>().is_err(), "{wrong}");
        }
        assert_eq!("Films 2".parse::<RootName>().unwrap().as_str(), "Films 2");
    }
}

//! Which folders of a library root are scanned.

use super::job::ScanOrder;
use super::root::below;
use crate::domain::scalars::{Invalid, Text};

/// Folders below a root as a scan is asked for them: each once, and none in another one.
///
/// # Errors
/// What is wrong with which of them; none for what is wrong with all of them together.
pub fn scan_paths(given: &[String]) -> Result<Vec<String>, (Option<usize>, Invalid)> {
    if given.is_empty() {
        return Err((None, Invalid::new("must not be empty: omit it to scan the whole root")));
    }
    if given.len() > ScanOrder::MAX_PATHS {
        let most = ScanOrder::MAX_PATHS;
        let why = format!("can have at most {most} items, not {}", given.len());
        return Err((None, Invalid::new(why)));
    }
    let mut paths = Vec::with_capacity(given.len());
    for (index, path) in given.iter().enumerate() {
        paths.push(folder(path).map_err(|why| (Some(index), why))?);
    }
    // What contains others comes before them.
    paths.sort_unstable_by(|one: &String, other| one.split('/').cmp(other.split('/')));
    paths.dedup_by(|path, outer| below(path.as_bytes(), outer.as_bytes()).is_some());
    Ok(paths)
}

/// A folder without the slashes at its end.
fn folder(path: &str) -> Result<String, Invalid> {
    let folder = path.trim_end_matches('/');
    if path.starts_with('/') {
        return Err(Invalid::new("must be relative to the root, without a slash at the start"));
    }
    Text::new(folder)?;
    if folder.split('/').any(|part| ["", ".", ".."].contains(&part)) {
        return Err(Invalid::new("must name each folder on the way: no `.`, `..` or `//`"));
    }
    Ok(folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &[&str], expected: Result<&[&str], Option<usize>>) {
        let given: Vec<String> = given.iter().map(|path| (*path).to_owned()).collect();
        let paths = scan_paths(&given).map_err(|(index, _)| index);
        let expected = expected.map(|all| all.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(paths, expected, "{given:?}");
    }

    #[test]
    fn folders_are_named_once_and_without_those_in_them() {
        check(&["b/", "a"], Ok(&["a", "b"]));
        check(&["a/b//", "a/b", "a/b/c"], Ok(&["a/b"]));
        check(&["a b", "a", "a/x", "a-"], Ok(&["a", "a b", "a-"]));
        check(&["...", "é"], Ok(&["...", "é"]));
    }

    #[test]
    fn whatever_could_lead_elsewhere_is_refused() {
        for wrong in ["", "/", "/a", "..", "a/..", "a/../b", "./a", "a//b", ".", "a\0"] {
            check(&["a", wrong], Err(Some(1)));
        }
        check(&[&"x".repeat(4097)], Err(Some(0)));
        check(&[], Err(None));
        check(&["a"; 100], Ok(&["a"]));
        check(&["a"; 101], Err(None));
    }
}

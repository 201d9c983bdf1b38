//! Checks what settings name for scans and thumbnails: the programs of FFmpeg, the folders of library roots and the
//! folder for thumbnails.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::cache_dir;
use super::overlap::Overlap;
use crate::catalogue::program::{ProgramError, Tool};
use crate::config::{RootSetting, ServeSettings};
use crate::domain::printable;

/// The reasons why nothing can be scanned or shown like this, each starting with its flag. That a folder is not there is
/// none: its disk may be unplugged.
pub(super) fn faults(settings: &ServeSettings) -> Vec<String> {
    let roots = &settings.roots.roots;
    let ffprobe = settings.scans.ffprobe.as_deref();
    let named = ffprobe.and_then(|file| fault_of_program(Tool::Ffprobe, file));
    let of_root = |(place, root)| fault_of_root(root, &roots[..place]);
    let ffmpeg = settings.media.ffmpeg.as_deref();
    let named =
        named.into_iter().chain(ffmpeg.and_then(|file| fault_of_program(Tool::Ffmpeg, file)));
    let named = named.chain(roots.iter().enumerate().filter_map(of_root));
    named.chain(cache_dir::fault(settings)).collect()
}

/// Why a program that a setting names cannot be run.
fn fault_of_program(tool: Tool, file: &Path) -> Option<String> {
    let flag = tool.name();
    if let Some(error) = ProgramError::of_bare_name(tool, file) {
        return Some(format!("--{flag}: {error}"));
    }
    let is_executable = |permissions: Permissions| permissions.mode() & 0o111 != 0;
    let reason = match file.metadata() {
        Err(error) => error.to_string(),
        Ok(found) if !found.is_file() => "it is not a file".to_owned(),
        Ok(found) if !is_executable(found.permissions()) => "it is not executable".to_owned(),
        Ok(_) => return None,
    };
    let shown = printable(&file.to_string_lossy());
    Some(format!(
        "--{flag}: {shown} is not a working {flag} ({reason}): name one, or install FFmpeg"
    ))
}

fn fault_of_root(root: &RootSetting, others: &[RootSetting]) -> Option<String> {
    let RootSetting { name, directory } = root;
    let fault = |reason: &str| Some(format!("--root {name}: {reason}"));
    if others.iter().any(|other| other.name == *name) {
        return fault("there are two roots with this name");
    }
    let shown = printable(&directory.to_string_lossy());
    if directory.metadata().is_ok_and(|found| !found.is_dir()) {
        return fault(&format!("{shown} is not a folder: name the folder that it is in"));
    }
    let reason = others.iter().find_map(|other| overlap(directory, other))?;
    fault(&format!("{shown} {reason}"))
}

/// What a folder has in common with a root, as the end of a sentence.
fn overlap(directory: &Path, other: &RootSetting) -> Option<String> {
    let name = &other.name;
    Some(match Overlap::of(directory, &other.directory)? {
        Overlap::Same => {
            format!("is also the folder of the library root {name}: leave one of them out")
        }
        Overlap::Inside => {
            format!("is in the library root {name}: a folder can be in one root only")
        }
        Overlap::Around => format!("contains the library root {name}: leave one of them out"),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn roots_do_not_share_folders_by_links_either() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["films/new", "clips"] {
            std::fs::create_dir_all(path(name)).unwrap();
        }
        symlink(path("films"), path("same")).unwrap();
        symlink(path("films/new"), path("inside")).unwrap();
        symlink(folder.path(), path("above")).unwrap();
        symlink(path("nowhere"), path("dangling")).unwrap();
        std::fs::write(path("a.mkv"), "").unwrap();
        let of = |name: &str, directory: &str| RootSetting {
            name: name.parse().unwrap(),
            directory: path(directory),
        };
        let films = [of("films", "films")];
        let fault = |directory| fault_of_root(&of("other", directory), &films);
        for free in ["clips", "films2", "dangling", "gone/away"] {
            assert_eq!(fault(free), None, "{free}");
        }
        for (taken, expected) in [
            ("films", "is also the folder of the library root films"),
            ("same", "is also the folder of the library root films"),
            ("inside", "is in the library root films"),
            ("films/gone", "is in the library root films"),
            ("above", "contains the library root films"),
            ("a.mkv", "is not a folder"),
        ] {
            let fault = fault(taken).unwrap();
            assert!(fault.starts_with("--root other: ") && fault.contains(expected), "{fault}");
        }
        let twice = fault_of_root(&of("films", "clips"), &films).unwrap();
        assert!(twice.contains("two roots with this name"), "{twice}");
    }
}

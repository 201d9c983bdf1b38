//! Real folders, with whatever can be in them.

use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;
use crate::catalogue::disk::tree::Name;

struct Folders {
    folder: TempDir,
}

impl Folders {
    /// A root with a file in a folder, another root, and a file in neither.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for path in ["root/a", "other", "outside"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        for path in ["root/a/film.mkv", "other/film.mkv", "outside/film.mkv"] {
            fs::write(folder.path().join(path), path).unwrap();
        }
        Self { folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn link(&self, name: &str, target: &str) {
        symlink(self.path(target), self.path("root").join(name)).unwrap();
    }

    fn tree(&self) -> Arc<dyn Tree> {
        let roots = [self.path("root"), self.path("other")];
        OsDisk::new(&roots[0], roots.clone().into()).open().unwrap()
    }

    /// What is in a file, as it is read through the root.
    fn read(&self, path: &str) -> io::Result<String> {
        let file = self.tree().open_file(path.as_bytes())?;
        let mut bytes = vec![0; usize::try_from(file.stat()?.size).unwrap()];
        file.read_exact_at(&mut bytes, 0)?;
        Ok(String::from_utf8(bytes).unwrap())
    }
}

#[test]
fn a_folder_lists_every_name_and_says_what_it_is() {
    let folders = Folders::new();
    let bytes = std::ffi::OsString::from_vec(b"\xff\n.mkv".to_vec());
    fs::write(folders.path("root").join(bytes), b"12345").unwrap();
    folders.link("l", "outside");
    let tree = folders.tree();
    let mut root = tree.open_folder(b"").unwrap();
    let mut names = root.names().unwrap();
    names.sort();
    let name = |name: &[u8], kind| Name { name: name.into(), kind: Some(kind) };
    let expected =
        [name(b"a", Kind::Folder), name(b"l", Kind::Link), name(b"\xff\n.mkv", Kind::File)];
    assert_eq!(names, expected);
    // What a folder does not say, a look at the file does.
    for Name { name, kind } in names {
        assert_eq!(Some(root.stat_of(&name).unwrap().kind), kind);
    }
    let stat = root.stat_of(b"\xff\n.mkv").unwrap();
    assert_eq!((stat.size, stat.device), (5, root.stat().unwrap().device));
    let modified = stat.modified_at().as_micros();
    let age =
        std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() - modified.unsigned_abs() as u128;
    assert!(age < 60_000_000, "{age}");
    assert!(stat.inode > 0 && stat.is_same(&tree.stat(b"\xff\n.mkv").unwrap()));
}

#[test]
fn links_to_files_in_any_root_are_read_and_no_others() {
    let folders = Folders::new();
    for (name, target) in [
        ("here.mkv", "root/a/film.mkv"),
        ("there.mkv", "other/film.mkv"),
        ("outside.mkv", "outside/film.mkv"),
        ("folder", "root/a"),
        ("far", "outside"),
        ("nothing.mkv", "root/b/film.mkv"),
        ("loop.mkv", "root/loop.mkv"),
        ("null.mkv", "../../../../../../../dev/null"),
    ] {
        folders.link(name, target);
    }
    let tree = folders.tree();
    let size = |target: io::Result<Target>| match target.unwrap() {
        Target::File(stat) => stat.size,
        other => panic!("{other:?}"),
    };
    assert_eq!(size(tree.follow(b"here.mkv")), "root/a/film.mkv".len() as u64);
    assert_eq!(tree.stat(b"there.mkv").unwrap().size, "other/film.mkv".len() as u64);
    assert_eq!(folders.read("here.mkv").unwrap(), "root/a/film.mkv");
    assert_eq!(folders.read("there.mkv").unwrap(), "other/film.mkv");
    assert_eq!(tree.follow(b"outside.mkv").unwrap(), Target::Outside);
    assert_eq!(tree.follow(b"null.mkv").unwrap(), Target::Outside);
    assert_eq!(tree.follow(b"folder").unwrap(), Target::KnownFolder);
    assert_eq!(tree.follow(b"far").unwrap(), Target::Folder);
    let number = |error: io::Error| error.raw_os_error();
    let loops = Err(Some(libc::ELOOP));
    assert_eq!(tree.follow(b"nothing.mkv").map_err(number), Err(Some(libc::ENOENT)));
    assert_eq!(tree.follow(b"loop.mkv").map_err(number), Err(Some(libc::ELOOP)));
    assert_eq!(folders.read("outside.mkv").map_err(number), loops);
    assert_eq!(folders.read("folder/film.mkv").map_err(number), loops);
    assert!(tree.open_folder(b"folder").is_err());
    assert_eq!(tree.stat(b"outside.mkv").unwrap().kind, Kind::Link);
}

#[test]
fn only_regular_files_are_opened_and_nothing_waits_for_a_pipe() {
    let folders = Folders::new();
    let pipe = folders.path("root/pipe.mkv");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    let kind = |path: &str| folders.read(path).unwrap_err().kind();
    assert_eq!(kind("pipe.mkv"), io::ErrorKind::InvalidInput);
    assert_eq!(kind("a"), io::ErrorKind::InvalidInput);
    folders.link("to-pipe.mkv", "root/pipe.mkv");
    assert_eq!(folders.tree().follow(b"to-pipe.mkv").unwrap(), Target::Other);
    assert_eq!(kind("to-pipe.mkv"), io::ErrorKind::InvalidInput);
}

#[test]
fn no_path_leads_out_of_the_root() {
    let folders = Folders::new();
    folders.link("up", "outside");
    for path in
        ["../outside/film.mkv", "a/../../outside/film.mkv", "/etc/passwd", "a//film.mkv", "."]
    {
        let error = folders.read(path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{path}");
    }
}

#[test]
fn a_system_that_cannot_open_whole_paths_opens_the_same_files() {
    let folders = Folders::new();
    folders.link("up", "outside");
    folders.link("a/link.mkv", "root/a/film.mkv");
    let root = folders.path("root");
    let (whole, parts) = (Beneath::open(&root).unwrap(), Beneath::by_parts(&root));
    for path in [
        "",
        "a",
        "a/film.mkv",
        "a/nothing.mkv",
        "b/film.mkv",
        "a/film.mkv/x",
        "up",
        "up/film.mkv",
        "a/link.mkv",
        "../outside/film.mkv",
        "a/../a",
    ] {
        let opened = |beneath: &Beneath| {
            let file = beneath.open_at(path.as_bytes(), OFlags::RDONLY)?;
            Ok(stat::of_open(file)?.inode)
        };
        let error = |error: io::Error| error.raw_os_error().unwrap_or(0);
        let (whole, parts) = (opened(&whole).map_err(error), opened(&parts).map_err(error));
        assert_eq!(whole, parts, "{path}");
    }
}

#[test]
fn a_root_that_is_not_there_is_an_error() {
    let folders = Folders::new();
    let nothing = folders.path("nothing");
    let opened = OsDisk::new(&nothing, [nothing.clone()].into()).open();
    assert_eq!(opened.map(drop).unwrap_err().kind(), io::ErrorKind::NotFound);
}

//! Ends programs with the server that runs them, even if it is killed.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::path::first_in;

/// Has Linux kill a program when the server ends, by `setpriv` of util-linux: it asks for that and becomes the program.
/// The server itself could do so only in unsafe code, between fork and exec.
///
/// The program in fact ends with the *thread* that has started it. So it must be started on one that lives as long as
/// the server: a thread of the runtime does, as long as nothing calls `block_in_place`, which clippy rejects.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    setpriv: PathBuf,
}

impl Binding {
    /// By the first `setpriv` in the folders of a `PATH`; none if there is none. It may be another one, or an old one,
    /// that cannot do it.
    pub fn find(path: Option<&OsStr>) -> Option<Self> {
        let setpriv = first_in(path?, "setpriv")?;
        cfg!(target_os = "linux").then_some(Self { setpriv })
    }

    /// What is to be run for a program to be bound, with which arguments.
    pub fn of(&self, program: &Path, arguments: Vec<OsString>) -> (&Path, Vec<OsString>) {
        let own = ["--pdeathsig", "KILL", "--"].map(OsString::from);
        let program = program.as_os_str().to_owned();
        (&self.setpriv, own.into_iter().chain([program]).chain(arguments).collect())
    }
}

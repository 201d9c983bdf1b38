//! The files of a web app: read at the start, those of its folder and no others.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::command::Failure;
use crate::config::ServeSettings;
use crate::http::WebApp;

/// The maximum size of all files, in bytes: they are in memory, and a project with its packages is
/// easily mistaken for the app that is built from it.
const MAX_BYTES: u64 = 256 << 20;

/// The web app of these settings, if they name one.
pub(super) async fn web_app(settings: &ServeSettings) -> Result<Option<WebApp>, Failure> {
    let Some(folder) = settings.app_dir.clone() else { return Ok(None) };
    let shown = folder.display().to_string();
    // The folder may be on another machine.
    let app = spawn_blocking(move || read(&folder)).await??;
    tracing::info!(files = app.number_of_files(), folder = shown, "read the web app");
    Ok(Some(app))
}

/// Verifies that the web app of these settings can be read.
pub(in crate::command) fn check_web_app(settings: &ServeSettings) -> Result<(), Failure> {
    settings.app_dir.as_deref().map_or(Ok(()), |folder| read(folder).map(drop))
}

fn read(folder: &Path) -> Result<WebApp, Failure> {
    let fault = |what: &str| -> Failure {
        let shown = folder.display();
        format!("--app-dir {shown}: {what}: name the folder that the app's build writes").into()
    };
    let files = Files::of(folder).map_err(|error| fault(&error))?;
    WebApp::new(files).ok_or_else(|| fault("there is no index.html"))
}

/// The files of a folder.
struct Files {
    root: PathBuf,
    found: Vec<(String, Vec<u8>)>,
    bytes: u64,
}

impl Files {
    /// All files, by their paths in the folder, but for hidden ones and links to other places.
    fn of(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
        let root =
            fs::canonicalize(folder).map_err(|error| format!("it cannot be read ({error})"))?;
        let mut folders = vec![(root.clone(), String::new())];
        let mut files = Self { root, found: Vec::new(), bytes: 0 };
        while let Some((folder, prefix)) = folders.pop() {
            let unreadable =
                |error| format!("the folder {} cannot be read ({error})", folder.display());
            for entry in fs::read_dir(&folder).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let Some(path) = path_of(&entry, &prefix) else { continue };
                match entry.file_type().map_err(unreadable)? {
                    ty if ty.is_dir() => folders.push((entry.path(), format!("{path}/"))),
                    ty if ty.is_file() => files.add(path, &entry.path())?,
                    ty if ty.is_symlink() => files.add_linked(path, &entry.path())?,
                    _ => {}
                }
            }
        }
        Ok(files.found)
    }

    /// Adds the file that a link leads to, if it is in the folder. Links to folders can form circles.
    fn add_linked(&mut self, path: String, link: &Path) -> Result<(), String> {
        match fs::canonicalize(link) {
            Ok(target) if target.starts_with(&self.root) => match target.is_file() {
                true => self.add(path, &target),
                false => Ok(()),
            },
            _ => {
                tracing::warn!(link = %link.display(), "this link leads out of the web app: it is omitted");
                Ok(())
            }
        }
    }

    fn add(&mut self, path: String, file: &Path) -> Result<(), String> {
        let unreadable = |error| format!("{} cannot be read ({error})", file.display());
        self.bytes += fs::metadata(file).map_err(unreadable)?.len();
        if self.bytes > MAX_BYTES {
            return Err(format!("its files have more than {} MiB", MAX_BYTES >> 20));
        }
        self.found.push((path, fs::read(file).map_err(unreadable)?));
        Ok(())
    }
}

/// The path of what is in a folder with this prefix; none if it is hidden, or has no name that a URL
/// could have.
fn path_of(entry: &DirEntry, prefix: &str) -> Option<String> {
    let name = entry.file_name().into_string().ok()?;
    (!name.starts_with('.')).then(|| format!("{prefix}{name}"))
}

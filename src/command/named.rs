//! Checks what settings name outside the program: files, folders and addresses.
//!
//! Opens nothing that a running server holds, so the settings can be checked while it runs.

use std::fs::{self, OpenOptions};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::Path;

use super::library_database::LibraryDatabase;
use super::{Failure, authentication, serve};
use crate::config::{DatabaseUrl, MetricsListen, ServeSettings};

/// The reasons why a server could not start with these settings, each starting with its flag.
pub(super) fn faults(settings: &ServeSettings) -> Vec<String> {
    let checks = [
        library(settings),
        replicas(settings),
        authentication::tokens(&settings.access).map(drop),
        serve::check_documents(settings),
        serve::check_web_app(settings),
        address("--listen", settings.listen.ip()),
        metrics(settings),
    ];
    let faults = checks.into_iter().filter_map(|check| check.err().map(|fault| fault.to_string()));
    faults.chain(scan_faults(settings)).collect()
}

#[cfg(unix)]
pub(super) use super::scan_inputs::faults as scan_faults;

#[cfg(not(unix))]
pub(super) fn scan_faults(_: &ServeSettings) -> Vec<String> {
    Vec::new()
}

fn library(settings: &ServeSettings) -> Result<(), Failure> {
    let checked = match settings.lasting_library() {
        Some(DatabaseUrl::Sqlite(path)) => library_file(path).map_err(Failure::from),
        Some(DatabaseUrl::Postgres(url)) => {
            LibraryDatabase::at(url, &settings.database.postgres).verify()
        }
        Some(DatabaseUrl::Memory) | None => Ok(()),
    };
    checked.map_err(|fault| format!("--database-url: {fault}").into())
}

fn replicas(settings: &ServeSettings) -> Result<(), Failure> {
    let Some(DatabaseUrl::Postgres(url)) = settings.lasting_library() else { return Ok(()) };
    LibraryDatabase::at(url, &settings.database.postgres).verify_replicas(&settings.replicas)
}

/// A library is a writable file, in a folder where more files can be created.
fn library_file(path: &Path) -> Result<(), String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let shown = folder.display();
    let metadata = fs::metadata(folder).map_err(|error| {
        format!("the folder {shown} cannot be used ({error}): create it, or choose another")
    })?;
    if !metadata.is_dir() {
        return Err(format!("{shown} is not a folder: name a file in a folder"));
    }
    if metadata.permissions().readonly() {
        return Err(format!(
            "the folder {shown} is read-only: the library cannot be written there"
        ));
    }
    match fs::metadata(path) {
        // It is created at the start.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(metadata) if metadata.is_dir() => {
            Err(format!("{} is a folder: name a file in it", path.display()))
        }
        Err(error) => Err(cannot_write(path, &error)),
        Ok(_) => match OpenOptions::new().read(true).write(true).open(path) {
            Ok(_) => Ok(()),
            Err(error) => Err(cannot_write(path, &error)),
        },
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    let path = path.display();
    format!("cannot read and write {path} ({error}): check its owner and permissions")
}

/// Metrics need an address of this machine that the server itself does not use.
fn metrics(settings: &ServeSettings) -> Result<(), Failure> {
    let MetricsListen::Own(own) = settings.telemetry.metrics else { return Ok(()) };
    if own.port() != 0 && own == settings.listen {
        return Err(format!(
            "--metrics: {own} is also the address of --listen: use main, or choose another port"
        )
        .into());
    }
    address("--metrics", own.ip())
}

/// Whether it is possible to listen on an address: on any port, because a running server uses its
/// own.
fn address(flag: &str, ip: IpAddr) -> Result<(), Failure> {
    match TcpListener::bind(SocketAddr::new(ip, 0)) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(format!("{flag}: cannot listen on {ip} ({error}): use an address of this machine")
                .into())
        }
    }
}

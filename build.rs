//! What the build depends on beside the code, and the explorer, which goes into the program.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

fn main() {
    // Tests need these programs. They are to show as ignored where there is none, and a test cannot
    // say so while it runs.
    for (name, program, version) in [
        ("node", "node", "--version"),
        ("chromium", "chromium", "--version"),
        ("faketime", "faketime", "--version"),
        ("ffmpeg", "ffmpeg", "-version"),
        ("promtool", "promtool", "--version"),
        ("setpriv", "setpriv", "--version"),
        ("systemd_analyze", "systemd-analyze", "--version"),
        ("nginx", "nginx", "-v"),
        ("caddy", "caddy", "version"),
        ("haproxy", "haproxy", "-v"),
        ("openssl", "openssl", "version"),
        ("postgres", "/usr/lib/postgresql/15/bin/postgres", "--version"),
        ("pgbouncer", "pgbouncer", "--version"),
    ] {
        mark(name, is_there(program, version));
    }
    mark("superuser", is_superuser());

    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo tells where output goes"));
    let explorer = explorer(&out);
    mark("explorer", explorer.is_some());
    let module = explorer.map_or("None".to_owned(), |built| embedding(&built));
    fs::write(out.join("explorer.rs"), module).expect("could not write into OUT_DIR");
}

/// Sets a `cfg` of this name where it holds.
fn mark(name: &str, holds: bool) {
    println!("cargo::rustc-check-cfg=cfg({name})");
    if holds {
        println!("cargo::rustc-cfg={name}");
    }
}

/// Whether tests may become other users, give files away, mount, and make devices.
fn is_superuser() -> bool {
    let mut command = Command::new("unshare");
    command.args(["--mount", "setpriv", "--reuid=65534", "--clear-groups", "true"]);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Whether a program can be run that prints its version so.
fn is_there(program: &str, version: &str) -> bool {
    let mut command = Command::new(program);
    let quiet = command.arg(version).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Where the explorer is that `npm run build` made: here and now, or in `web/dist` where it was made
/// before and cannot be made now. None where neither is; then the program has another page.
fn explorer(out: &Path) -> Option<PathBuf> {
    const SWITCH: &str = "REELGRAPH_BUILD_EXPLORER";
    println!("cargo::rerun-if-env-changed={SWITCH}");
    let made_before = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist");
    let made_before = made_before.join("index.html").exists().then_some(made_before);
    if made_before.is_some() {
        println!("cargo::rerun-if-changed=web/dist");
    }
    if env::var(SWITCH).as_deref() == Ok("no") {
        return made_before;
    }
    let problem = match build_explorer(out) {
        Ok(built) => return Some(built),
        Err(problem) => problem,
    };
    let instead = match made_before {
        Some(_) => "GraphiQL is embedded as it is in web/dist",
        None => "GraphiQL is not embedded, and browsers will load it from a CDN",
    };
    println!("cargo::warning={instead}: {problem}. To have it built again: touch build.rs");
    made_before
}

/// Builds the explorer in a copy of `web`, so that the sources stay as they are, and a build that
/// fails half way leaves nothing that could be taken for a whole one.
fn build_explorer(out: &Path) -> Result<PathBuf, String> {
    let copy = out.join("web");
    let told = |error: std::io::Error| error.to_string();
    if copy.exists() {
        fs::remove_dir_all(&copy).map_err(told)?;
    }
    fs::create_dir(&copy).map_err(told)?;
    for entry in fs::read_dir("web").map_err(told)? {
        let path = entry.map_err(told)?.path();
        if let (true, Some(name)) = (path.is_file(), path.file_name()) {
            println!("cargo::rerun-if-changed={}", path.display());
            fs::copy(&path, copy.join(name)).map_err(told)?;
        }
    }
    npm(&copy, &["ci"])?;
    npm(&copy, &["run", "build"])?;
    // What it was built with takes 250 MB.
    fs::remove_dir_all(copy.join("node_modules")).map_err(told)?;
    Ok(copy.join("dist"))
}

fn npm(directory: &Path, arguments: &[&str]) -> Result<(), String> {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let command = format!("`npm {}`", arguments.join(" "));
    let ran = Command::new(program).args(arguments).current_dir(directory).output();
    let output = ran.map_err(|error| format!("{command} could not be run ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    let log = directory.join("npm.log");
    fs::write(&log, [output.stdout, output.stderr].concat()).map_err(|error| error.to_string())?;
    Err(format!("{command} failed, see {}", log.display()))
}

/// The built explorer as an expression, see `src/http/graphiql/embedded.rs`.
fn embedding(built: &Path) -> String {
    let mut assets: Vec<PathBuf> = fs::read_dir(built.join("graphiql/assets"))
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .expect("the built explorer has assets");
    assets.retain(|path| path.extension().is_some_and(|extension| extension == "br"));
    assets.sort();
    let mut list = String::new();
    for path in &assets {
        let name = path.file_stem().expect("an asset has a name");
        write!(list, "({name:?}, include_bytes!({path:?}).as_slice()), ")
            .expect("text can be written");
    }
    let page = built.join("index.html");
    format!("Some(Embedded {{ page: include_str!({page:?}), assets: &[{list}] }})")
}

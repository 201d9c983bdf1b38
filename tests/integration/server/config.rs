//! `reelgraph config`, which prints what its own reader accepts and checks what settings name; and
//! variables that say nothing or that nobody reads.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use reelgraph::command::settings;
use reelgraph::config::Setting;
use tempfile::TempDir;

use crate::support::binary::{Finished, Server, reelgraph};

/// A folder with all that settings can name.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path("documents.json"), r#"{ "a": "{ __typename }" }"#).unwrap();
        fs::create_dir(folder.path("app")).unwrap();
        fs::write(folder.path("app/index.html"), "").unwrap();
        fs::write(folder.path("secret"), "x".repeat(32)).unwrap();
        fs::write(folder.path("keys.json"), JWKS).unwrap();
        fs::write(folder.path("ffprobe"), "").unwrap();
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path("ffprobe"), executable).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// A value that is not the default.
    fn value_of(&self, setting: &Setting) -> String {
        let named = match setting.key() {
            "database-url" => format!("sqlite:{}", self.text("a \"b\" #.db")),
            "app-dir" => self.text("app"),
            "documents" => self.text("documents.json"),
            "jwt-key-file" => self.text("secret"),
            "jwt-jwks-file" => self.text("keys.json"),
            "ffprobe" | "ffmpeg" => self.text("ffprobe"),
            "serve-files" => "all".to_owned(),
            "root" => format!("films={}", self.text("a \"b\" #=")),
            "scan-every" => "30m".to_owned(),
            "scan-extensions" => "mkv,mp4".to_owned(),
            // Others cannot be listened at.
            "listen" => "127.0.0.2:4001".to_owned(),
            "metrics" => "127.0.0.2:9464".to_owned(),
            _ if setting.is_switch() => "true".to_owned(),
            _ => String::new(),
        };
        let mut candidates = vec![named.as_str()];
        candidates.extend(VALUES);
        let is_other = |value: &&str| !setting.defaults().contains(&(*value).to_owned());
        let found = candidates.into_iter().filter(is_other);
        let mut found = found.filter(|value| !value.is_empty() && setting.verify(value).is_ok());
        found.next().unwrap_or_else(|| panic!("add a value of {}", setting.key())).to_owned()
    }
}

/// Values of which each setting takes one that is not its default. The first ones, that all texts
/// take, are hard to write.
const VALUES: [&str; 16] = [
    "a \"b\" \\ 'c' # d\té\u{7f}",
    "https://films.example",
    "http://127.0.0.1:4318",
    "films.example",
    "10.0.0.0/8",
    "editor",
    "forwarded",
    "read",
    "skip",
    "json",
    "debug",
    "0.5",
    "3",
    "77",
    "1025",
    "1048577",
];

/// Source: [RFC 8037, appendix A.2](https://www.rfc-editor.org/rfc/rfc8037#appendix-A.2).
const JWKS: &str = r#"{ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] }"#;

/// What `config` prints with these variables, without where values come from.
#[track_caller]
fn printed(arguments: &[&str], variables: &[(String, String)]) -> Vec<String> {
    let mut command = reelgraph(&[&["config"], arguments].concat());
    command.envs(variables.iter().cloned());
    let printed = Finished::run(command).with_code(0).stdout;
    let lines = printed.lines().map(|line| line.rsplit_once(" # ").map_or(line, |(line, _)| line));
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// All settings but this one, which another one excludes.
fn all_but(excluded: &str, folder: &Folder) -> Vec<(String, String)> {
    let settings = settings();
    let settings = settings.iter().filter(|setting| setting.key() != excluded);
    settings.map(|setting| (setting.variable(), folder.value_of(setting))).collect()
}

#[test]
fn every_setting_that_is_printed_is_read_as_the_same() {
    let folder = Folder::new();
    for excluded in ["jwt-key-file", "jwt-jwks-file"] {
        let variables = all_but(excluded, &folder);
        let mut command = reelgraph(&["config"]);
        command.envs(variables.iter().cloned());
        let file = folder.path("printed.toml");
        fs::write(&file, Finished::run(command).with_code(0).stdout).unwrap();
        let before = printed(&[], &variables);
        for setting in settings().iter().filter(|one| one.key() != excluded && !one.is_secret()) {
            let is_set = |line: &String| line.starts_with(&format!("{} = ", setting.key()));
            assert!(before.iter().any(is_set), "{} is not set\n{before:#?}", setting.key());
        }
        assert_eq!(printed(&["--config", file.to_str().unwrap()], &[]), before);
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let settings = settings();
    let names = settings.iter().map(Setting::variable).chain(["REELGRAPH_CONFIG".to_owned()]);
    let empty: Vec<(String, String)> = names.map(|name| (name, String::new())).collect();
    assert_eq!(printed(&[], &empty), printed(&[], &[]));
    // The file and its values count where the variable says nothing, and the help has its name.
    let folder = Folder::new();
    let file = folder.path("settings.toml");
    fs::write(&file, "stop-seconds = 7\n").unwrap();
    let lines = printed(&["--config", file.to_str().unwrap()], &empty);
    assert!(lines.contains(&"stop-seconds = 7".to_owned()), "{lines:#?}");
    let mut help = reelgraph(&["--help"]);
    help.envs(empty);
    let help = Finished::run(help).with_code(0);
    assert!(help.stdout.contains("[env: REELGRAPH_JWT_ISSUER]"), "{help}");
}

#[test]
fn no_flag_takes_an_empty_value() {
    for setting in settings().iter().filter(|setting| !setting.is_switch()) {
        let flag = format!("--{}=", setting.key());
        Finished::run(reelgraph(&["config", &flag])).with_code(2).saying(setting.key());
    }
}

#[test]
fn an_unknown_variable_is_reported_with_the_nearest_name() {
    let mut command = reelgraph(&["serve"]);
    command.env("REELGRAPH_LISTEN", "127.0.0.1:0").env("REELGRAPH_DATABASE_URL", "memory:");
    command.env("REELGRAPH_JWT_ISUER", "hunter2").env("REELGRAPH_COLOUR", "hunter2");
    let server = Server::spawn(command);
    let near = server.wait_for_log("did you mean REELGRAPH_JWT_ISSUER?");
    let far = server.wait_for_log("REELGRAPH_COLOUR is not a setting and is ignored");
    for line in [near, far] {
        assert!(line.contains("\"WARN\"") && !line.contains("hunter2"), "{line}");
    }
}

/// Holds `config` to a fault, for which `serve` does not start either.
#[track_caller]
fn refused(arguments: &[&str], fault: &str) {
    for command in ["config", "serve"] {
        let finished = Finished::run(reelgraph(&[&[command], arguments].concat())).with_code(1);
        let is_told = finished.stderr.contains(fault) || command == "serve";
        assert!(is_told && finished.stdout.is_empty() == (command == "serve"), "{finished}");
    }
}

#[test]
fn what_settings_name_is_checked() {
    let folder = Folder::new();
    let url = |path: &Path| format!("sqlite:{}", path.display());
    let missing = folder.text("missing");
    refused(
        &["--database-url", &url(&folder.path("no/library.db"))],
        &format!("--database-url: the folder {} cannot be used", folder.text("no")),
    );
    refused(&["--database-url", &url(&folder.path(""))], "is a folder: name a file in it");
    refused(&["--database-url", &url(&folder.path("secret/a.db"))], "is not a folder");
    refused(&["--sample", "--documents", &missing], &format!("--documents {missing}: "));
    refused(&["--sample", "--documents", &folder.text("secret")], "it must be a JSON object");
    let invalid = folder.text("invalid.json");
    fs::write(&invalid, r#"{ "a": "{ noSuchField }" }"#).unwrap();
    refused(&["--sample", "--documents", &invalid], "its document \"a\" is not valid");
    refused(&["--sample", "--jwt-key-file", &missing], "--jwt-key-file: cannot read");
    refused(&["--sample", "--jwt-jwks-file", &folder.text("secret")], "JSON Web Key Set");
    refused(&["--sample", "--jwt-issuer", "a"], "--jwt-issuer and --jwt-audience");
    // Documentation has this network for itself (RFC 5737).
    refused(&["--sample", "--listen", "192.0.2.1:4000"], "--listen: cannot listen on 192.0.2.1");
    refused(&["--sample", "--metrics", "192.0.2.1:4000"], "--metrics: cannot listen on");
    let root = |name: &str, folder: &str| format!("--root={name}={folder}");
    let file = root("films", &folder.text("secret"));
    refused(&["--sample", &file], "--root films: ");
    refused(&["--sample", &file], "is not a folder: name the folder that it is in");
    symlink(folder.path("app"), folder.path("link")).unwrap();
    let (one, other) = (root("one", &folder.text("app")), root("two", &folder.text("link")));
    refused(&["--sample", &one, &other], "is also the folder of the library root one");
    for (ffprobe, reason) in [(missing, "No such file"), (folder.text("secret"), "not executable")]
    {
        refused(&["--sample", "--ffprobe", &ffprobe], &format!("--ffprobe: {ffprobe} is not a"));
        refused(&["--sample", "--ffprobe", &ffprobe], reason);
    }
    for name in ["ffmpeg", "ffprobe"] {
        let flag = format!("--{name}");
        let bare = format!("{flag}: {name} is not a path: set {flag} to the path of the program");
        refused(&["--sample", &flag, name], &bare);
    }
    let same = ["--sample", "--listen", "127.0.0.2:4004", "--metrics", "127.0.0.2:4004"];
    refused(&same, "--metrics: 127.0.0.2:4004 is also the address of --listen");
}

#[test]
fn the_folder_for_thumbnails_is_checked_and_not_created() {
    let folder = Folder::new();
    let pictures = ["--sample", "--serve-files", "thumbnails", "--cache-dir"];
    let refused = |name: &str, more: &[&str], fault: &str| {
        let named = folder.text(name);
        let arguments = [&pictures[..], &[&named], more].concat();
        for command in ["config", "serve"] {
            let finished = Finished::run(reelgraph(&[&[command], &*arguments].concat()));
            finished.with_code(1).saying(&format!("--cache-dir: {fault}").replace("DIR", &named));
        }
    };
    refused("app", &[], "DIR contains files that are not thumbnails");
    refused("secret", &[], "could not use DIR as the folder of thumbnails: ");
    refused("no/cache", &[], "could not use DIR as the folder of thumbnails: No such file");
    let root = format!("--root=films={}", folder.text("films"));
    fs::create_dir_all(folder.path("films/new")).unwrap();
    symlink(folder.path("films/new"), folder.path("new")).unwrap();
    for (name, fault) in [
        ("films", "DIR is the library root films: name a folder outside"),
        ("films/cache", "DIR is in the library root films: name a folder outside"),
        ("new", "DIR is in the library root films: name a folder outside"),
        ("new/cache", "DIR is in the library root films: name a folder outside"),
        ("", "DIR contains the library root films: name a folder without"),
    ] {
        refused(name, &[&root], fault);
    }
    // It can be created, is not used, or keeps nothing.
    let cache = folder.text("cache");
    printed(&[&pictures[..], &[&cache, &root]].concat(), &[]);
    assert!(!folder.path("cache").exists());
    printed(&["--sample", "--cache-dir", &folder.text("app"), &root], &[]);
    printed(&[&pictures[..], &[&folder.text("app"), "--cache-bytes", "0", &root]].concat(), &[]);
}

#[test]
fn settings_are_checked_beside_the_server_that_has_them() {
    let folder = Folder::new();
    let url = format!("sqlite:{}", folder.text("library.db"));
    let server = Server::start(&["--database-url", &url]);
    let address = server.address().to_string();
    printed(&["--database-url", &url, "--listen", &address], &[]);
}

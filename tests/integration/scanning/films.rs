//! A folder of made-up films, and an ffprobe that reads them fast.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::binary::{Finished, reelgraph};
use crate::support::folder::Folder;

/// What stands in for ffprobe. A film's first word is its width; one that is not a number is not read. A film of
/// which something is held waits while somebody holds it.
const FFPROBE: &str = r#"#!/bin/sh
case "$*" in *-version*) echo 'ffprobe version 0-made-up'; exit 0;; esac
read -r width rest
echo "$width" >> "PROBES"
case "$rest" in
  *held*) if [ -e "HOLD" ]; then echo "$PPID $rest" >> "HOLD.reached"; flock -s "HOLD" true; fi;;
esac
[ ! -e "ASIDE" ] || . "ASIDE"
case "$width" in
  ''|*[!0-9]*) echo '{"error":{"code":-1094995529,"string":"Invalid data found when processing input"}}'; exit 1;;
esac
echo '{"streams":[{"index":0,"codec_type":"video","codec_name":"h264","width":'"$width"',"height":180,
"r_frame_rate":"25/1","avg_frame_rate":"25/1","nb_frames":"50","duration":"2.000000"}],
"format":{"format_name":"matroska,webm","duration":"2.000000","bit_rate":"1000"}}'
"#;

/// Films, a library, and an ffprobe.
pub struct Films {
    pub folder: Folder,
}

impl Films {
    /// No films yet, in the folder `films`.
    pub fn new() -> Self {
        let folder = Folder::new();
        fs::create_dir(folder.path("films")).unwrap();
        let script =
            ["PROBES", "HOLD", "ASIDE"].into_iter().fold(FFPROBE.to_owned(), |script, name| {
                script.replace(name, folder.path(&name.to_lowercase()).to_str().unwrap())
            });
        let ffprobe = folder.path("ffprobe");
        fs::write(&ffprobe, script).unwrap();
        fs::set_permissions(&ffprobe, fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder }
    }

    /// These films, each of which differs from all others.
    pub fn named(names: &[&str]) -> Self {
        let films = Self::new();
        names.iter().for_each(|name| films.write(name, &format!("320 {name}")));
        films
    }

    /// Has ffprobe do something else as well, with the `$rest` of each film: a line of shell, in which `ASIDE` is the
    /// file that has it.
    pub fn aside(&self, line: &str) {
        let file = self.folder.path("aside");
        fs::write(&file, line.replace("ASIDE", &format!("'{}'", file.display()))).unwrap();
    }

    /// Where a film is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path("films").join(name)
    }

    /// How settings name the ffprobe.
    pub fn ffprobe(&self) -> String {
        self.folder.path("ffprobe").display().to_string()
    }

    /// Writes a film, long ago.
    pub fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        self.age(name);
    }

    /// Has a film lie still for long.
    pub fn age(&self, name: &str) {
        let file = File::options().append(true).open(self.path(name)).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        file.set_modified(long_ago).unwrap();
    }

    /// Renames a film.
    pub fn rename(&self, from: &str, to: &str) {
        let to = self.path(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(self.path(from), to).unwrap();
    }

    /// Removes a film.
    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// How many films have been probed.
    pub fn probes(&self) -> usize {
        fs::read_to_string(self.folder.path("probes")).map_or(0, |log| log.lines().count())
    }

    /// The command that scans the folder.
    pub fn scanning(&self, arguments: &[&str]) -> Command {
        self.scanning_into("library.db", arguments)
    }

    /// The command that scans the folder into the library with this name.
    pub fn scanning_into(&self, library: &str, arguments: &[&str]) -> Command {
        let mut command = reelgraph(&[&["scan", "films"], arguments].concat());
        command.current_dir(self.folder.path("."));
        command.env("REELGRAPH_DATABASE_URL", self.folder.url(library));
        command.env("REELGRAPH_FFPROBE", self.ffprobe());
        command
    }

    /// Scans the folder.
    pub fn scan(&self, arguments: &[&str]) -> Finished {
        Finished::run(self.scanning(arguments))
    }

    /// The videos of the library, by path below the folder.
    pub fn videos(&self) -> Vec<Value> {
        let export = self.folder.run("library.db", &["export"]).with_code(0);
        let mut videos: Vec<Value> =
            export.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        videos.sort_by_key(|video| video["path"].as_str().unwrap().to_owned());
        videos
    }

    /// The ID of each video, by the last part of its path.
    pub fn ids(&self) -> Vec<(String, String)> {
        let last = |path: &Value| path.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let id = |video: &Value| video["id"].as_str().unwrap().to_owned();
        self.videos().iter().map(|video| (last(&video["path"]), id(video))).collect()
    }

    /// Holds the library to its check.
    #[track_caller]
    pub fn check(&self) {
        self.folder.run("library.db", &["check"]).with_code(0);
    }
}

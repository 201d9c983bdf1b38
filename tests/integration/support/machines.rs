//! Two machines with PostgreSQL as the example of a cluster has them, which are folders and addresses of this
//! machine.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::binary::Finished;
use super::postgres::{PROGRAMS, as_other_user, new_folder, other_user};

/// Stops both servers and removes the folder as soon as the standard input ends, which it does when the test
/// ends, however it does.
const CLEAN_UP: &str = r#"
    read -r _
    for name in pg1 pg2; do
        "$1/pg_ctl" -D "$2/$name/main" -m immediate stop
    done
    rm -rf "$2""#;

/// Does what the commands of the example ask systemd for.
const SYSTEMCTL: &str = r#"#!/bin/sh
case "$*" in
    "stop postgresql@15-main" | "mask --now postgresql@15-main")
        [ ! -e "$DATA/postmaster.pid" ] || exec pg_ctl -D "$DATA" -m fast -w stop ;;
    "unmask postgresql@15-main") ;;
    "start postgresql@15-main")
        exec pg_ctl -D "$DATA" -w -l "$DATA.log" start \
            -o "-c listen_addresses=$ADDRESS -k $PGHOST -c fsync=off -c log_min_messages=fatal" ;;
    *) exit 1 ;;
esac
"#;

const SUDO: &str = "#!/bin/sh\n[ \"$1\" != -u ] || shift 2\nexec \"$@\"\n";

/// The machines, of which the first has a server without replicas.
pub struct Machines {
    folder: PathBuf,
    /// What the addresses begin with.
    network: String,
    runner: Child,
}

impl Machines {
    /// Starts the first. Settings and rules are those of the example.
    pub fn start(settings: &str, rules: &str) -> Self {
        let folder = new_folder();
        let mut command = Command::new("sh");
        command.args(["-c", CLEAN_UP, "sh", PROGRAMS]).arg(&folder);
        // The runner outlives an interrupt of the terminal, which the tests do not.
        let command = as_other_user(&mut command).process_group(0).stdin(Stdio::piped());
        let runner = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let machines = Self { folder, network: network(), runner };
        for name in ["bin", "pg1", "pg2", "pg2/main"] {
            machines.make_folder(name);
        }
        machines.write("bin/sudo", SUDO, 0o755);
        machines.write("bin/systemctl", SYSTEMCTL, 0o755);
        machines.write("passwords", "*:*:*:replicator:one of your own\n", 0o600);
        machines.write("settings", settings, 0o644);
        let rules = machines.here(rules);
        machines.write("rules", &format!("local all all trust\n{rules}"), 0o644);
        machines.run(
            "pg1",
            "initdb -D $DATA -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync
            cat ../settings >> $DATA/postgresql.conf
            cat ../rules > $DATA/pg_hba.conf
            systemctl start postgresql@15-main",
        );
        machines
    }

    fn make_folder(&self, name: &str) {
        let folder = self.folder.join(name);
        fs::create_dir(&folder).unwrap();
        give_away(&folder);
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        let file = self.folder.join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        give_away(&file);
    }

    /// A text of the example with the addresses of the test.
    pub fn here(&self, text: &str) -> String {
        // Connections between addresses of this machine come from its first one.
        let anyone = "127.0.0.0/8";
        text.replace("10.0.0.10/32", anyone)
            .replace("10.0.0.0/24", anyone)
            .replace("10.0.0.", &self.network)
    }

    /// Runs commands of the example on one of the machines.
    #[track_caller]
    pub fn run(&self, machine: &str, commands: &str) -> Finished {
        let folder = self.folder.join(machine);
        let data = folder.join("main");
        let data = data.to_str().unwrap();
        let commands = self.here(commands).replace("/var/lib/postgresql/15/main", data);
        let commands = commands.replace("/etc/postgresql/15/main", data);
        let number = machine.replace("pg", "10.0.0.2");
        let path = std::env::var("PATH").unwrap();
        let bin = self.folder.join("bin").display().to_string();
        let mut command = Command::new("sh");
        command.args(["-e", "-c", &commands]).current_dir(&folder);
        command.env("PATH", format!("{bin}:{PROGRAMS}:{path}"));
        command.env("DATA", data).env("ADDRESS", self.here(&number));
        command.env("PGHOST", &folder).env("PGUSER", "postgres");
        command.env("PGPASSFILE", self.folder.join("passwords"));
        as_other_user(&mut command);
        Finished::run(command).with_code(0)
    }
}

/// The beginning of addresses that hardly anybody else has, neither another test nor another process.
fn network() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let other_half = COUNT.fetch_add(1, Ordering::Relaxed) % 2 * 0x4000;
    let number = std::process::id().wrapping_add(other_half) % 65_536;
    let [high, low] = u16::try_from(number).unwrap().to_be_bytes();
    format!("127.{}.{low}.", high | 128)
}

/// Gives a file to the user whom the servers belong to.
fn give_away(path: &Path) {
    if let Some((user, group)) = other_user() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        drop(self.runner.stdin.take());
        // Whatever becomes of it, the test is over.
        let _ = self.runner.wait();
    }
}

//! Proxies between clients and the server, as people use them.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use tempfile::TempDir;

use super::binary::PATIENCE;

/// A running proxy, which is killed at the end of the test.
pub struct Proxy {
    name: &'static str,
    process: Child,
    folder: TempDir,
    address: SocketAddr,
}

impl Proxy {
    /// nginx with connections to the server that it keeps.
    pub fn nginx(server: SocketAddr) -> Self {
        Self::nginx_with(|address, _| {
            format!(
                "upstream reelgraph {{ server {server}; keepalive 8; }}
                 server {{
                     listen {address};
                     client_max_body_size 2m;
                     location / {{
                         proxy_pass http://reelgraph;
                         proxy_http_version 1.1;
                         proxy_set_header Host $http_host;
                         proxy_set_header Connection \"\";
                     }}
                 }}"
            )
        })
    }

    /// nginx with this in its `http` block, told the address to listen on and the folder of its files.
    pub fn nginx_with(http: impl FnOnce(SocketAddr, &Path) -> String) -> Self {
        Self::start("nginx", |address, folder| {
            // Its workers could not read the folder of another user, and only root can choose whose
            // they are.
            let is_root = fs::metadata(folder).unwrap().uid() == 0;
            let user = if is_root { "user root;" } else { "" };
            let content = format!(
                "daemon off; {user} pid nginx.pid; error_log error.log;
                 events {{ worker_connections 512; }}
                 http {{
                     access_log off;
                     client_body_temp_path temporary; proxy_temp_path temporary;
                     fastcgi_temp_path temporary; uwsgi_temp_path temporary;
                     scgi_temp_path temporary;
                     {}
                 }}",
                http(address, folder)
            );
            let file = write(folder, "nginx.conf", &content);
            let mut command = Command::new("nginx");
            command.args(["-e", "error.log", "-p"]).arg(folder).arg("-c").arg(file);
            command
        })
    }

    /// Caddy as it is by itself.
    pub fn caddy(server: SocketAddr) -> Self {
        Self::start("caddy", |address, folder| {
            let content = format!(
                "{{\n\tadmin off\n\tauto_https off\n}}\n\
                 http://:{} {{\n\tbind {}\n\treverse_proxy {server}\n}}\n",
                address.port(),
                address.ip(),
            );
            let file = write(folder, "Caddyfile", &content);
            let mut command = Command::new("caddy");
            command.args(["run", "--adapter", "caddyfile", "--config"]).arg(file);
            command.env("HOME", folder).env("XDG_CONFIG_HOME", folder).env("XDG_DATA_HOME", folder);
            command
        })
    }

    /// HAProxy, which shares its connections to the server among all clients.
    pub fn haproxy(server: SocketAddr) -> Self {
        Self::haproxy_with(|address, _| {
            format!(
                "global\n maxconn 200\n\
                 defaults\n mode http\n timeout connect 60s\n timeout client 60s\n \
                 timeout server 60s\n http-reuse always\n\
                 frontend outside\n bind {address}\n default_backend inside\n\
                 backend inside\n server reelgraph {server}\n"
            )
        })
    }

    /// HAProxy with this configuration, told the address to listen on and the folder of its files.
    pub fn haproxy_with(configuration: impl FnOnce(SocketAddr, &Path) -> String) -> Self {
        Self::haproxy_at(free_address(), configuration)
    }

    /// The same at this address.
    pub fn haproxy_at(
        address: SocketAddr,
        configuration: impl FnOnce(SocketAddr, &Path) -> String,
    ) -> Self {
        Self::start_at(address, "haproxy", |address, folder| {
            let file = write(folder, "haproxy.cfg", &configuration(address, folder));
            let mut command = Command::new("haproxy");
            command.arg("-db").arg("-f").arg(file);
            command
        })
    }

    /// Starts a proxy and waits until it listens.
    fn start(name: &'static str, command: impl FnOnce(SocketAddr, &Path) -> Command) -> Self {
        Self::start_at(free_address(), name, command)
    }

    fn start_at(
        address: SocketAddr,
        name: &'static str,
        command: impl FnOnce(SocketAddr, &Path) -> Command,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output = fs::File::create(folder.path().join("output")).unwrap();
        let process = command(address, folder.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut proxy = Self { name, process, folder, address };
        proxy.wait();
        proxy
    }

    fn wait(&mut self) {
        self.wait_to_listen_at(self.address);
    }

    /// Waits until it listens at an address: one that has several begins with one after another.
    pub fn wait_to_listen_at(&mut self, address: SocketAddr) {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            let has_ended = self.process.try_wait().unwrap().is_some();
            assert!(
                !has_ended && Instant::now() < deadline,
                "{} does not listen:\n{}",
                self.name,
                self.said()
            );
            thread::yield_now();
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it has somebody who answers a GET of this path with success.
    #[track_caller]
    pub fn wait_for_answer(&self, path: &str) {
        let deadline = Instant::now() + PATIENCE;
        while ureq::get(self.url("http", path)).call().is_err() {
            assert!(Instant::now() < deadline, "{} has nobody\n{}", self.name, self.said());
            thread::yield_now();
        }
    }

    /// The address of this path.
    pub fn url(&self, scheme: &str, path: &str) -> String {
        format!("{scheme}://{}{path}", self.address)
    }

    /// Ends it without any order.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// What it has to say.
    pub fn said(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("output") + &read("error.log")
    }
}

/// An address at which nobody listens. Whoever is given a port by the system gets another one than this.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // nginx takes its workers along where it is asked to end, and not where it is killed.
        if self.process.try_wait().is_ok_and(|status| status.is_none()) {
            let id = self.process.id().to_string();
            let _ = Command::new("kill").arg("-TERM").arg(id).status();
            let _ = self.process.wait();
        }
    }
}

fn write(folder: &Path, name: &str, content: &str) -> std::path::PathBuf {
    let file = folder.join(name);
    fs::write(&file, content).unwrap();
    file
}

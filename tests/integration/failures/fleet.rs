//! Servers of one library, each at an address of its own that it keeps.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::binary::{Finished, PATIENCE, Server, reelgraph};

/// Servers, some of which run.
pub struct Fleet {
    url: String,
    addresses: Vec<SocketAddr>,
    servers: Vec<Option<Server>>,
}

impl Fleet {
    /// As many servers of the library at this URL, none of which runs.
    pub fn of(url: &str, count: usize) -> Self {
        let addresses = (0..count).map(|_| free_address()).collect();
        Self { url: url.to_owned(), addresses, servers: (0..count).map(|_| None).collect() }
    }

    /// The same, running.
    pub fn running(url: &str, count: usize) -> Self {
        let mut fleet = Self::of(url, count);
        (0..count).for_each(|number| fleet.start(number));
        fleet
    }

    /// Where each of them listens when it runs.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// All of them behind HAProxy, which listens at this address.
    pub fn balanced(&self, address: SocketAddr) -> String {
        let mut text = format!(
            "global\n maxconn 400\n\
             defaults\n mode http\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n\
             frontend clients\n bind {address}\n default_backend instances\n\
             backend instances\n balance leastconn\n option httpchk GET /health/ready\n \
             http-check expect status 200\n option redispatch\n retry-on conn-failure\n"
        );
        for (number, address) in self.addresses.iter().enumerate() {
            let server = format!(" server {number} {address} check inter 100ms fall 2 rise 1\n");
            text.push_str(&server);
        }
        text
    }

    /// Starts the one with this number.
    pub fn start(&mut self, number: usize) {
        let listen = self.addresses[number].to_string();
        let mut command = reelgraph(&["serve", "--listen", &listen]);
        command.env("REELGRAPH_DATABASE_URL", &self.url);
        self.servers[number] = Some(Server::spawn(command));
    }

    /// Kills the one with this number.
    pub fn kill(&mut self, number: usize) {
        let server = self.servers[number].take().unwrap();
        server.signal("KILL");
        server.finish();
    }

    /// The one with this number, which runs.
    pub fn server(&self, number: usize) -> &Server {
        self.servers[number].as_ref().unwrap()
    }

    /// Holds the library to be sound.
    #[track_caller]
    pub fn check(&self) {
        Finished::run(reelgraph(&["check", "--database-url", &self.url])).with_code(0);
    }
}

/// Waits until a server can read its library.
#[track_caller]
pub fn wait_until_ready(server: &Server) {
    let deadline = Instant::now() + PATIENCE;
    while server.get("/health/ready").status != 200 {
        assert!(Instant::now() < deadline, "{server}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// An address at which nobody listens. It is one that no other process of tests uses, and that the system
/// gives no connection either.
pub fn free_address() -> SocketAddr {
    let [high, low] = u16::try_from(std::process::id() % 65_536).unwrap().to_be_bytes();
    TcpListener::bind((Ipv4Addr::new(127, 79, high, low), 0)).unwrap().local_addr().unwrap()
}

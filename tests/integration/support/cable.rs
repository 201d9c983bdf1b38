//! A cable between clients and the server that can be cut and mended.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Forwards connections to a server for as long as the test runs.
pub struct Cable {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    server: SocketAddr,
    is_cut: bool,
    ends: Vec<TcpStream>,
}

impl Cable {
    /// A cable to the server at this address.
    pub fn new(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = State { server, is_cut: false, ends: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming() {
                let mut state = shared.lock().unwrap();
                if state.is_cut {
                    continue;
                }
                // The server may be gone at the end of the test.
                if let (Ok(client), Ok(server)) = (client, TcpStream::connect(state.server)) {
                    state.ends.extend(forward(client, server));
                }
            }
        });
        Self { address, state }
    }

    /// The address of this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Ends all connections, and refuses new ones until it is mended.
    pub fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.is_cut = true;
        for end in state.ends.drain(..) {
            // It may have ended already.
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Accepts connections again.
    pub fn mend(&self) {
        self.state.lock().unwrap().is_cut = false;
    }

    /// Accepts connections again, and forwards them to this server from now on.
    pub fn mend_to(&self, server: SocketAddr) {
        self.state.lock().unwrap().server = server;
        self.mend();
    }
}

/// Copies what either side sends to the other one, and returns both ends.
fn forward(client: TcpStream, server: TcpStream) -> [TcpStream; 2] {
    let ends = [client.try_clone().unwrap(), server.try_clone().unwrap()];
    let (client_too, server_too) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || copy(client, server));
    thread::spawn(move || copy(server_too, client_too));
    ends
}

fn copy(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 16384];
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return to.shutdown(Shutdown::Write);
        }
        to.write_all(&buffer[..count])?;
    }
}

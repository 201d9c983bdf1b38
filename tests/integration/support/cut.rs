//! A proxy before PostgreSQL that cuts connections, at the worst moments.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// The name of a server's socket in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// How the message with a `COMMIT` ends, and how the answer to it begins.
const COMMIT: &[u8] = b"COMMIT\0";

/// When the connection is cut on which somebody commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The database does not learn of the commit.
    Before,
    /// It does, and cannot answer.
    During,
    /// It has answered, and nobody learns of that.
    After,
    /// Not at all: the message is held back for as long as the connection lasts.
    Never,
}

/// A running proxy. It ends with the test.
pub struct CuttingProxy {
    folder: TempDir,
    state: Arc<State>,
}

struct State {
    server: PathBuf,
    /// What happens to the next commit.
    next: Mutex<Option<Cut>>,
    is_refusing: AtomicBool,
    /// Ends all connections whenever it changes.
    end: watch::Sender<()>,
}

impl CuttingProxy {
    /// A proxy before the server whose socket is in this folder.
    pub fn before(server: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let state = Arc::new(State {
            server: server.join(SOCKET),
            next: Mutex::default(),
            is_refusing: AtomicBool::new(false),
            end: watch::Sender::new(()),
        });
        tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { folder, state }
    }

    /// A URL of the server as this proxy shows it.
    pub fn url(&self, url: &str) -> String {
        let (database, _) = url.split_once("?host=").unwrap();
        format!("{database}?host={}", self.folder.path().display())
    }

    /// Has the connection cut on which somebody commits next.
    pub fn cut_next(&self, cut: Cut) {
        *self.state.next.lock().unwrap() = Some(cut);
    }

    /// Whether the last cut that was asked for was made.
    pub fn has_cut(&self) -> bool {
        self.state.next.lock().unwrap().is_none()
    }

    /// Cuts all connections, and refuses further ones.
    pub fn refuse(&self) {
        self.state.is_refusing.store(true, Ordering::Relaxed);
        self.state.end.send_replace(());
    }

    /// Lets connections through again.
    pub fn admit(&self) {
        self.state.is_refusing.store(false, Ordering::Relaxed);
    }
}

async fn accept(listener: UnixListener, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        let Ok(server) = UnixStream::connect(&state.server).await else { continue };
        if !state.is_refusing.load(Ordering::Relaxed) {
            tokio::spawn(connect(client, server, Arc::clone(&state)));
        }
    }
}

async fn connect(client: UnixStream, server: UnixStream, state: Arc<State>) {
    let mut end = state.end.subscribe();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let withheld = AtomicBool::new(false);
    tokio::select! {
        () = ask(from_client, to_server, &state, &withheld) => {}
        () = answer(from_server, to_client, &withheld) => {}
        _ = end.changed() => {}
    }
}

/// Passes on what the client says.
async fn ask(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    state: &State,
    withheld: &AtomicBool,
) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = client.read(&mut buffer).await {
        let message = &buffer[..length];
        let cut = match message.ends_with(COMMIT) {
            true => state.next.lock().unwrap().take(),
            false => None,
        };
        match cut {
            Some(Cut::Before) => return,
            Some(Cut::Never) => {
                // The client gives up some time.
                while let Ok(1..) = client.read(&mut buffer).await {}
                return;
            }
            Some(Cut::After) => withheld.store(true, Ordering::Relaxed),
            Some(Cut::During) | None => {}
        }
        if server.write_all(message).await.is_err() || cut == Some(Cut::During) {
            return;
        }
    }
}

/// Passes on what the server says, unless it is withheld, which ends the connection.
async fn answer(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, withheld: &AtomicBool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = server.read(&mut buffer).await {
        let is_withheld = withheld.load(Ordering::Relaxed);
        if is_withheld || client.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

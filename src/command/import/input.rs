//! The source of the records.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::spawn_blocking;

use crate::causes::with_causes;
use crate::command::Failure;
use crate::transfer::lines;

/// Records from a file or from standard input.
pub(super) struct Input {
    pub lines: Box<dyn BufRead + Send>,
    /// The length of the file, if known.
    pub bytes: Option<u64>,
    /// The number of bytes read so far.
    pub read: Arc<AtomicU64>,
}

impl Input {
    /// Opens a file, and checks its format before anything is written.
    ///
    /// # Errors
    /// When it cannot be read, or has something else than records.
    pub async fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let file = file.filter(|path| *path != Path::new("-")).map(Path::to_owned);
        // A pipe may keep its first byte back for as long as it likes.
        spawn_blocking(move || Self::of(file.as_deref())).await?
    }

    fn of(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = file else { return Self::with(io::stdin(), None) };
        let unreadable = |error| format!("could not read {}: {error}", path.display());
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if metadata.is_dir() {
            return Err(format!("could not read {}: it is a folder", path.display()).into());
        }
        let bytes = metadata.is_file().then_some(metadata.len());
        Self::with(file, bytes)
    }

    fn with(reader: impl Read + Send + 'static, bytes: Option<u64>) -> Result<Self, Failure> {
        let read = Arc::new(AtomicU64::new(0));
        let reader = BufReader::new(Counted { reader, read: Arc::clone(&read) });
        let lines = lines(reader);
        let lines =
            lines.map_err(|error| format!("{}\nNothing was written.", with_causes(&error)))?;
        Ok(Self { lines, bytes, read })
    }
}

/// A reader that counts its bytes.
struct Counted<R> {
    reader: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

//! Where the records come from.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::spawn_blocking;

use crate::causes::with_causes;
use crate::command::Failure;
use crate::transfer::lines;

/// The records of a file or of standard input.
pub(super) struct Input {
    pub lines: Box<dyn BufRead + Send>,
    /// How long the file is, where that is known.
    pub bytes: Option<u64>,
    /// How much of it has been read.
    pub read: Arc<AtomicU64>,
}

impl Input {
    /// Opens a file, and looks at what it is before anything is done.
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

/// A reader whose bytes are counted.
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

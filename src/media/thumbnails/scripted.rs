//! A maker without a process, files without a disk, and a clock that stands.

use std::io;
use std::process::Stdio;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use super::picture::tests::jpeg;
use super::{Maker, NotMade, NotOpened, Picture, Source, Wanted};
use crate::catalogue::disk::{Kind, MediaFile, Stat};
use crate::domain::file::{Fingerprint, ThumbnailWidth};
use crate::domain::{Clock, Timestamp};

/// The picture of a file.
pub fn wanted(file: u128, width: ThumbnailWidth) -> Wanted {
    let fingerprint = Fingerprint::from_hash(file);
    Wanted { fingerprint, width, duration: Duration::from_secs(60), stream: Some(0) }
}

/// A picture that takes so many bytes.
pub fn picture(width: ThumbnailWidth, bytes: usize) -> Picture {
    let pixels = u16::try_from(width.pixels()).unwrap();
    let headers = jpeg(pixels, 90, 0).len();
    Picture::read(&jpeg(pixels, 90, bytes - headers), width.pixels()).unwrap()
}

/// Makes a picture of any file once it may go on.
pub struct ScriptedMaker {
    go_on: Semaphore,
    answer: Mutex<Result<(), NotMade>>,
    made: Mutex<Vec<Fingerprint>>,
    running: AtomicUsize,
    most: AtomicUsize,
}

impl ScriptedMaker {
    /// Waits until it may go on.
    pub fn waiting() -> Arc<Self> {
        Arc::new(Self {
            go_on: Semaphore::new(0),
            answer: Mutex::new(Ok(())),
            made: Mutex::default(),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        })
    }

    /// Never waits.
    pub fn quick() -> Arc<Self> {
        let maker = Self::waiting();
        maker.go_on();
        maker
    }

    /// Never waits from now on.
    pub fn go_on(&self) {
        self.go_on.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Fails from now on.
    pub fn fail(&self, failure: NotMade) {
        *self.answer.lock().unwrap() = Err(failure);
    }

    /// Works from now on.
    pub fn work(&self) {
        *self.answer.lock().unwrap() = Ok(());
    }

    /// The files that it was asked to make a picture of, by their hashes.
    pub fn made(&self) -> Vec<u128> {
        let made = self.made.lock().unwrap();
        let hash = |file: &Fingerprint| u128::from_str_radix(&file.digits(), 16).unwrap();
        made.iter().map(hash).collect()
    }

    /// How many are being made now.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// How many were made at the same time, at most.
    pub fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

/// Counts what is running, until it is dropped.
struct Running<'m>(&'m AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Maker for ScriptedMaker {
    async fn make(&self, file: &dyn MediaFile, wanted: &Wanted) -> Result<Picture, NotMade> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _running = Running(&self.running);
        self.most.fetch_max(running, Ordering::SeqCst);
        self.made.lock().unwrap().push(wanted.fingerprint);
        self.go_on.acquire().await.unwrap().forget();
        // Whoever writes the file does so in the meantime.
        let _ = file.to_stdin();
        self.answer.lock().unwrap().clone().map(|()| picture(wanted.width, 1_000))
    }
}

/// A file that counts how often it is opened.
#[derive(Default)]
pub struct ScriptedSource {
    /// How often it was opened.
    pub opened: AtomicUsize,
    /// Why it is not opened.
    pub refusal: Option<NotOpened>,
    /// Whether it changes while it is read.
    pub changes: bool,
}

#[async_trait]
impl Source for ScriptedSource {
    async fn open(&self) -> Result<Arc<dyn MediaFile>, NotOpened> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        match &self.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(Arc::new(File { changes: self.changes, version: AtomicI64::new(0) })),
        }
    }
}

struct File {
    changes: bool,
    version: AtomicI64,
}

impl MediaFile for File {
    fn stat(&self) -> io::Result<Stat> {
        let modified = self.version.load(Ordering::SeqCst);
        let (kind, size, blocks) = (Kind::File, 1, 1);
        Ok(Stat { kind, size, modified, changed: modified, device: 1, inode: 1, blocks })
    }

    fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
        Ok(0)
    }

    fn to_stdin(&self) -> io::Result<Stdio> {
        self.version.fetch_add(self.changes.into(), Ordering::SeqCst);
        Ok(Stdio::null())
    }
}

/// A clock that stands until a test moves it.
pub struct StandingClock(AtomicI64);

impl StandingClock {
    /// Shows 2026-01-01T00:00:00Z.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_767_225_600_000_000)))
    }

    /// Shows a later time from now on.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

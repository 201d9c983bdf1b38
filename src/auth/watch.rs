//! Keeps a server's keyring as the library has its keys, which other processes change.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::keyring::ActiveKeys;
use crate::causes::with_causes;
use crate::domain::{AddressKey, ApiKey, Timestamp};
use crate::repository::{KeyError, KeyStore};

/// The maximum delay for noticing new and revoked keys.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// The minimum interval for recording the use of a key.
const NOTE_INTERVAL: Duration = Duration::from_secs(60);

/// A task that polls for changes of the keys, and records their uses.
pub struct KeyWatch {
    keys: watch::Receiver<Arc<ActiveKeys>>,
    address_key: Option<watch::Receiver<Arc<AddressKey>>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl KeyWatch {
    /// Reads the keys and starts watching them. Where addresses are signed, `new_address_key` becomes the key for
    /// that if the library has none yet.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn start(
        store: Box<dyn KeyStore>,
        new_address_key: Option<AddressKey>,
    ) -> Result<Self, KeyError> {
        let mut address_key = None;
        if let Some(new) = new_address_key {
            address_key = Some(watch::Sender::new(Arc::new(store.address_key(&new).await?)));
        }
        // Before they are read, so that no change is missed.
        let version = store.version().await?;
        let ring = ActiveKeys::of(store.list().await?, &ActiveKeys::default());
        let (tell, keys) = watch::channel(Arc::new(ring));
        let (stop, stopped) = oneshot::channel();
        let told_key = address_key.as_ref().map(watch::Sender::subscribe);
        let noted_until = Timestamp::MIN;
        let watching = Watching { store, version, tell, address_key, noted_until };
        let task = tokio::spawn(watching.run(stopped));
        Ok(Self { keys, address_key: told_key, stop, task })
    }

    /// The keys, as they are at any time.
    pub fn keys(&self) -> watch::Receiver<Arc<ActiveKeys>> {
        self.keys.clone()
    }

    /// The key that signs addresses, as it is at any time; none where they are not signed.
    pub fn address_key(&self) -> Option<watch::Receiver<Arc<AddressKey>>> {
        self.address_key.clone()
    }

    /// Notes the last uses and lets go of the library.
    pub async fn stop(self) {
        drop(self.stop);
        if self.task.await.is_err() {
            tracing::error!("the watch over the keys had ended before");
        }
    }
}

struct Watching {
    store: Box<dyn KeyStore>,
    /// That of the library when the keys were read.
    version: i64,
    tell: watch::Sender<Arc<ActiveKeys>>,
    address_key: Option<watch::Sender<Arc<AddressKey>>>,
    /// All uses up to then were noted.
    noted_until: Timestamp,
}

impl Watching {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut look = interval(LOOK_INTERVAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut noted_at: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                _ = look.tick() => {}
            }
            if let Err(error) = self.look().await {
                // Nothing else can be read then either. The keys stay as they were.
                tracing::warn!(error = with_causes(&error), "could not read the keys");
            }
            if noted_at.is_none_or(|at| at.elapsed() >= NOTE_INTERVAL) && self.note().await {
                noted_at = Some(Instant::now());
            }
        }
        self.note().await;
        self.store.close().await;
    }

    async fn look(&mut self) -> Result<(), KeyError> {
        let version = self.store.version().await?;
        if version == self.version {
            return Ok(());
        }
        let keys = self.store.list().await?;
        if let Some(told) = &self.address_key {
            let known = Arc::clone(&told.borrow());
            let key = self.store.address_key(&known).await?;
            if key != *known {
                tracing::info!(key = key.id(), "the key that signs addresses was replaced");
                told.send_replace(Arc::new(key));
            }
        }
        self.version = version;
        let ring = ActiveKeys::of(keys, &self.tell.borrow());
        report_changes(&self.tell.borrow(), &ring);
        self.tell.send_replace(Arc::new(ring));
        Ok(())
    }

    /// Records the uses since the last time; returns whether there were any.
    async fn note(&mut self) -> bool {
        let uses = self.tell.borrow().uses_after(self.noted_until);
        let Some(newest) = uses.iter().map(|(_, at)| *at).max() else { return false };
        match self.store.note_uses(&uses).await {
            Ok(()) => self.noted_until = newest,
            // Most likely somebody else is writing. It is noted the next time.
            Err(error) => tracing::debug!(
                error = with_causes(&error),
                "could not record when keys \
                                                                        were used"
            ),
        }
        true
    }
}

/// Logs which keys were created and revoked meanwhile.
fn report_changes(old: &ActiveKeys, new: &ActiveKeys) {
    for ApiKey { id, name, role, .. } in new.beyond(old) {
        tracing::info!(key = %id, name = name.as_str(), role = role.name(), "a key was created");
    }
    for ApiKey { id, name, role, .. } in old.beyond(new) {
        tracing::info!(key = %id, name = name.as_str(), role = role.name(), "a key was revoked");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Secret;
    use crate::auth::authenticator::samples::{at, key};
    use crate::repository::memory::MemoryKeys;

    #[tokio::test]
    async fn the_keyring_follows_the_keys_and_the_keys_their_uses() {
        let (first, second) = (Secret::random().unwrap(), Secret::random().unwrap());
        let store = MemoryKeys::new();
        store.insert(&key(&first, "lucy")).await.unwrap();
        let watch = KeyWatch::start(Box::new(store.clone()), None).await.unwrap();
        let mut keys = watch.keys();
        assert!(keys.borrow().find(&first).is_some());
        store.revoke(first.id(), at(8)).await.unwrap();
        store.insert(&key(&second, "ben")).await.unwrap();
        let has_second = |keys: &Arc<ActiveKeys>| keys.find(&second).is_some();
        let followed = tokio::time::timeout(10 * LOOK_INTERVAL, keys.wait_for(has_second)).await;
        let ring: Arc<ActiveKeys> = Arc::clone(&*followed.unwrap().unwrap());
        assert!(ring.find(&first).is_none());

        ring.find(&second).unwrap().note_use(at(9));
        watch.stop().await;
        let listed = store.list().await.unwrap().into_iter();
        let uses: Vec<_> =
            listed.map(|key| (key.name.as_str().to_owned(), key.last_used_at)).collect();
        assert!(uses.contains(&("ben".into(), Some(at(9)))), "{uses:?}");
    }

    #[tokio::test]
    async fn a_server_signs_with_the_key_of_the_library_and_follows_it() {
        let key = |byte| AddressKey::from_bytes([byte; 32]);
        let store = MemoryKeys::new();
        let first = KeyWatch::start(Box::new(store.clone()), Some(key(1))).await.unwrap();
        let second = KeyWatch::start(Box::new(store.clone()), Some(key(2))).await.unwrap();
        let mut told = second.address_key().unwrap();
        assert_eq!(**told.borrow(), key(1));
        assert_eq!(**first.address_key().unwrap().borrow(), key(1));
        store.replace_address_key(&key(3)).await.unwrap();
        let is_new = |now: &Arc<AddressKey>| **now == key(3);
        let followed = tokio::time::timeout(10 * LOOK_INTERVAL, told.wait_for(is_new)).await;
        assert!(followed.unwrap().is_ok());
        first.stop().await;
        second.stop().await;
    }
}

//! The API keys of a library as a server has them in memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use subtle::ConstantTimeEq;

use super::secret::Secret;
use crate::domain::{ApiKey, KeyId, Timestamp};

/// The keys that were not revoked.
#[derive(Debug, Default)]
pub struct ActiveKeys {
    keys: HashMap<KeyId, ActiveKey>,
    /// Whether there have ever been keys, including revoked ones.
    was_used: bool,
}

/// A key, and when it was used last.
#[derive(Debug)]
pub struct ActiveKey {
    key: ApiKey,
    /// Microseconds since the Unix epoch; the minimum if it was never used. Shared by all keyrings
    /// with this key, so that no use is lost when a keyring is replaced.
    last_use: Arc<AtomicI64>,
}

/// Not the digest of any key: that would need a text whose SHA-256 is all zeros.
const NO_DIGEST: [u8; 32] = [0; 32];

impl ActiveKeys {
    /// A keyring with these keys. Keys that `previous` has keep counting their uses.
    pub fn of(keys: Vec<ApiKey>, previous: &Self) -> Self {
        let was_used = !keys.is_empty();
        let held = |key: ApiKey| {
            let held = previous.keys.get(&key.id);
            let last_use = held.map_or_else(unused, |held| Arc::clone(&held.last_use));
            (key.id, ActiveKey { key, last_use })
        };
        let good = keys.into_iter().filter(|key| key.revoked_at.is_none());
        Self { keys: good.map(held).collect(), was_used }
    }

    /// The key with this text, whether or not it has expired.
    ///
    /// Takes constant time, whatever part of the text is right.
    pub fn find(&self, secret: &Secret) -> Option<&ActiveKey> {
        let held = self.keys.get(&secret.id());
        let expected = held.map_or(&NO_DIGEST, |held| &held.key.digest);
        let is_right = bool::from(secret.digest().ct_eq(expected));
        held.filter(|_| is_right)
    }

    /// When the key with this ID expires; none if it was revoked.
    pub fn end_of(&self, id: KeyId) -> Option<Timestamp> {
        self.keys.get(&id).map(|held| held.key.expires_at.unwrap_or(Timestamp::MAX))
    }

    /// The keys that are in this keyring and not in another, in no order.
    pub fn beyond<'k>(&'k self, other: &'k Self) -> impl Iterator<Item = &'k ApiKey> {
        let is_missing = |held: &&ActiveKey| !other.keys.contains_key(&held.key.id);
        self.keys.values().filter(is_missing).map(ActiveKey::key)
    }

    /// Whether any key is valid at this time.
    pub fn has_any_good(&self, now: Timestamp) -> bool {
        self.keys.values().any(|held| held.key.is_good_at(now))
    }

    /// Whether the library has ever had a key, including revoked and expired ones.
    pub fn was_used(&self) -> bool {
        self.was_used
    }

    /// The keys that were used since then, in no order, and when.
    pub fn uses_after(&self, since: Timestamp) -> Vec<(KeyId, Timestamp)> {
        let used = |held: &ActiveKey| {
            let at = Timestamp::from_micros(held.last_use.load(Ordering::Relaxed)).ok()?;
            (at > since).then_some((held.key.id, at))
        };
        self.keys.values().filter_map(used).collect()
    }
}

fn unused() -> Arc<AtomicI64> {
    Arc::new(AtomicI64::new(i64::MIN))
}

impl ActiveKey {
    /// The key.
    pub fn key(&self) -> &ApiKey {
        &self.key
    }

    /// Remembers that it was used.
    pub fn note_use(&self, now: Timestamp) {
        self.last_use.store(now.as_micros(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::authenticator::samples::{at, key};

    #[test]
    fn a_key_is_found_by_its_whole_text() {
        let (secret, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let ring = ActiveKeys::of(vec![key(&secret, "lucy")], &ActiveKeys::default());
        assert_eq!(ring.find(&secret).unwrap().key().name.as_str(), "lucy");
        assert!(ring.find(&other).is_none());
        let (_, bits) = other.reveal().rsplit_once('_').unwrap();
        let forged = Secret::parse(&format!("rg_{}_{bits}", secret.id())).unwrap();
        assert!(ring.find(&forged).is_none());
    }

    #[test]
    fn revoked_and_expired_keys_open_nothing_and_were_there() {
        let [revoked, expired] = [(); 2].map(|()| Secret::random().unwrap());
        let keys = vec![
            ApiKey { revoked_at: Some(at(1)), ..key(&revoked, "a") },
            ApiKey { expires_at: Some(at(5)), ..key(&expired, "b") },
        ];
        let ring = ActiveKeys::of(keys, &ActiveKeys::default());
        assert!(ring.find(&revoked).is_none());
        assert_eq!((ring.end_of(revoked.id()), ring.end_of(expired.id())), (None, Some(at(5))));
        assert!(ring.has_any_good(at(4)) && !ring.has_any_good(at(5)));
        assert!(ring.was_used() && !ActiveKeys::default().was_used());
    }

    #[test]
    fn a_created_key_is_beyond_the_old_keyring_and_a_revoked_one_beyond_the_new() {
        let [kept, revoked, created] = [(); 3].map(|()| Secret::random().unwrap());
        let old = vec![key(&kept, "kept"), key(&revoked, "revoked")];
        let old = ActiveKeys::of(old, &ActiveKeys::default());
        let gone = ApiKey { revoked_at: Some(at(1)), ..key(&revoked, "revoked") };
        let new = ActiveKeys::of(vec![key(&kept, "kept"), gone, key(&created, "created")], &old);
        let names = |one: &ActiveKeys, other| -> Vec<String> {
            one.beyond(other).map(|key| key.name.as_str().to_owned()).collect()
        };
        assert_eq!(names(&new, &old), ["created"]);
        assert_eq!(names(&old, &new), ["revoked"]);
    }

    #[test]
    fn uses_outlive_a_change_of_the_keys() {
        let secret = Secret::random().unwrap();
        let ring = ActiveKeys::of(vec![key(&secret, "lucy")], &ActiveKeys::default());
        assert_eq!(ring.uses_after(at(0)), []);
        ring.find(&secret).unwrap().note_use(at(7));
        let ring = ActiveKeys::of(vec![key(&secret, "lucy")], &ring);
        assert_eq!(ring.uses_after(at(6)), [(secret.id(), at(7))]);
        assert_eq!(ring.uses_after(at(7)), []);
    }
}

//! What was made of what has changed since a moment, kept for those who ask for the same next.

use std::sync::{Arc, Mutex, PoisonError};

/// What was asked for last, as far as there is room for it.
#[derive(Debug)]
pub struct Recent<K, V> {
    room: usize,
    size_of: fn(&V) -> usize,
    /// The one that was asked for last is at the end.
    kept: Mutex<Vec<(K, Arc<V>)>>,
}

impl<K: PartialEq, V> Recent<K, V> {
    /// With room for values of this size, all together.
    pub fn new(room: usize, size_of: fn(&V) -> usize) -> Self {
        Self { room, size_of, kept: Mutex::default() }
    }

    /// What is kept for a key.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(other, _)| other == key)?;
        let found = kept.remove(place);
        let value = Arc::clone(&found.1);
        kept.push(found);
        Some(value)
    }

    /// Keeps a value, instead of those that were not asked for for the longest time.
    pub fn keep(&self, key: K, value: Arc<V>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(other, _)| *other != key);
        kept.push((key, value));
        let mut size: usize = kept.iter().map(|(_, value)| (self.size_of)(value)).sum();
        let without = kept.iter().take_while(|(_, value)| {
            let is_too_much = size > self.room;
            size -= (self.size_of)(value);
            is_too_much
        });
        let without = without.count().min(kept.len() - 1);
        kept.drain(..without);
    }
}

impl<K: PartialEq, V: Default> Recent<K, V> {
    /// What is kept for a key, from now on at least.
    pub fn get_or_keep(&self, key: K) -> Arc<V> {
        self.get(&key).unwrap_or_else(|| {
            let value = Arc::default();
            self.keep(key, Arc::clone(&value));
            value
        })
    }
}

impl<K: PartialEq + Clone, V: Clone> Clone for Recent<K, V> {
    fn clone(&self) -> Self {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let copies = kept.iter().map(|(key, value)| (key.clone(), Arc::new(V::clone(value))));
        Self { kept: Mutex::new(copies.collect()), ..Self::new(self.room, self.size_of) }
    }
}

//! The addresses of files and thumbnails: paths on this server, signed where callers must authenticate.
//!
//! A browser sends no credential for pictures and players. So whoever may read the library gets addresses with a
//! signature, which is all that is needed to read what is there, until the address expires.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::ServedFiles;
use crate::domain::file::{Fingerprint, ThumbnailWidth};
use crate::domain::{AddressKey, Timestamp, VideoId};

/// What the paths of files begin with.
pub const FILES: &str = "/files/";

/// What the paths of thumbnails begin with.
pub const THUMBNAILS: &str = "/thumbnails/";

const HOUR: i64 = 3600;

/// How long an address is good after the hour in which it was given, in seconds.
const LIFETIME: i64 = 12 * HOUR;

/// What an address is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The file itself.
    File,
    /// A thumbnail of this width.
    Thumbnail(ThumbnailWidth),
}

/// What an address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The video.
    pub video: VideoId,
    /// What of it.
    pub target: Target,
    /// The content that its file had when the address was given.
    pub fingerprint: Fingerprint,
    /// Whether it has a valid signature, so that no credential is needed.
    pub is_signed: bool,
}

/// Why there is nothing at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// No address of this server has this form.
    Malformed,
    /// Its signature is not one of this library's, or not of this address.
    Forged,
    /// It was valid before.
    Expired,
}

impl ServedFiles {
    fn has(self, target: Target) -> bool {
        self == Self::All || target != Target::File
    }
}

/// Gives and reads the addresses of a server. Cloning it is cheap.
#[derive(Clone)]
pub struct Addresses(Arc<Giving>);

struct Giving {
    served: ServedFiles,
    signing: Box<dyn Fn() -> Option<Arc<AddressKey>> + Send + Sync>,
    /// The addresses that were given last: those of a whole hour are given in the same way.
    last: Mutex<Option<Arc<AddressBook>>>,
}

impl Addresses {
    /// Addresses of a server that serves this. `signing` returns the key that signs them at the moment; none if no
    /// address needs a signature.
    pub fn new(
        served: ServedFiles,
        signing: impl Fn() -> Option<Arc<AddressKey>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Giving { served, signing: Box::new(signing), last: Mutex::default() }))
    }

    /// Addresses as they are given now.
    pub fn at(&self, now: Timestamp) -> Arc<AddressBook> {
        let Giving { served, signing, last } = &*self.0;
        let (key, expires) = (signing(), expiry(now));
        // What is replaced as a whole is sound, whatever happened to whoever held it.
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(book) if book.is_signed_by(key.as_deref(), expires) => Arc::clone(book),
            _ => {
                let signer = key.map(|key| Signer::new(&key, expires));
                Arc::clone(last.insert(Arc::new(AddressBook { served: *served, signer })))
            }
        }
    }

    /// Reads the path and the query of an address.
    ///
    /// # Errors
    /// When nothing is served there, and when its signature is invalid or has expired.
    pub fn read(&self, path: &str, query: &str, now: Timestamp) -> Result<Address, AddressError> {
        let (video, target) = read_path(path).ok_or(AddressError::Malformed)?;
        if !self.0.served.has(target) {
            return Err(AddressError::Malformed);
        }
        let [fingerprint, expires, key_id, signature] =
            parameters(query, ["v", "expires", "kid", "sig"]).ok_or(AddressError::Malformed)?;
        let fingerprint = fingerprint.and_then(|text| text.parse().ok());
        let fingerprint = fingerprint.ok_or(AddressError::Malformed)?;
        let address = Address { video, target, fingerprint, is_signed: false };
        let (Some(key), Some(signature)) = ((self.0.signing)(), signature) else {
            return Ok(address);
        };
        let expires = expires.and_then(|text| text.parse().ok()).ok_or(AddressError::Forged)?;
        let signer = Signer::new(&key, expires);
        if key_id.as_deref() != Some(&*signer.key_id) || !signer.signed(&address, &signature) {
            return Err(AddressError::Forged);
        }
        if now.as_micros() >= expires.saturating_mul(1_000_000) {
            return Err(AddressError::Expired);
        }
        Ok(Address { is_signed: true, ..address })
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addresses").field("served", &self.0.served).finish_non_exhaustive()
    }
}

/// When an address that is given now expires, in seconds since 1970. It is the same for all that are given within
/// an hour, so that equal queries have equal answers, and browsers find in their caches what they have.
fn expiry(now: Timestamp) -> i64 {
    let seconds = now.as_micros().div_euclid(1_000_000);
    (seconds.div_euclid(HOUR) + 1) * HOUR + LIFETIME
}

/// The values of these parameters, in their order; none if one is given twice.
fn parameters<const COUNT: usize>(
    query: &str,
    names: [&str; COUNT],
) -> Option<[Option<String>; COUNT]> {
    let mut values = names.map(|_| None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let Some(at) = names.iter().position(|known| *known == name) else { continue };
        if values[at].replace(value.into_owned()).is_some() {
            return None;
        }
    }
    Some(values)
}

fn read_path(path: &str) -> Option<(VideoId, Target)> {
    if let Some(id) = path.strip_prefix(FILES) {
        return Some((id.parse().ok()?, Target::File));
    }
    let (id, width) = path.strip_prefix(THUMBNAILS)?.split_once('/')?;
    let width: u32 = width.strip_suffix(".jpg")?.parse().ok()?;
    Some((id.parse().ok()?, Target::Thumbnail(ThumbnailWidth::of(width)?)))
}

/// Addresses as they are given at a moment. Whatever determines them is part of its [`Debug`] form.
#[derive(Clone, Debug)]
pub struct AddressBook {
    served: ServedFiles,
    signer: Option<Signer>,
}

impl AddressBook {
    fn is_signed_by(&self, key: Option<&AddressKey>, expires: i64) -> bool {
        match (&self.signer, key) {
            (None, None) => true,
            (Some(signer), Some(key)) => signer.expires == expires && signer.key == *key,
            _ => false,
        }
    }

    /// The address of this; none if it is not served.
    pub fn address(
        &self,
        video: VideoId,
        target: Target,
        fingerprint: Fingerprint,
    ) -> Option<String> {
        if !self.served.has(target) {
            return None;
        }
        let address = Address { video, target, fingerprint, is_signed: self.signer.is_some() };
        let path = address.path();
        Some(match &self.signer {
            None => format!("{path}?v={fingerprint}"),
            Some(signer) => {
                let signature =
                    URL_SAFE_NO_PAD.encode(signer.mac(&address).finalize().into_bytes());
                let Signer { expires, key_id, .. } = signer;
                format!("{path}?v={fingerprint}&expires={expires}&kid={key_id}&sig={signature}")
            }
        })
    }
}

impl Address {
    fn path(&self) -> String {
        let Self { video, target, .. } = self;
        match target {
            Target::File => format!("{FILES}{video}"),
            Target::Thumbnail(width) => format!("{THUMBNAILS}{video}/{}.jpg", width.pixels()),
        }
    }
}

/// Signs addresses that expire at the same time.
#[derive(Clone)]
struct Signer {
    key: AddressKey,
    mac: Hmac<Sha256>,
    key_id: String,
    /// In seconds since 1970.
    expires: i64,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, mac: _, key_id, expires } = self;
        f.debug_struct("Signer").field("key_id", key_id).field("expires", expires).finish()
    }
}

impl Signer {
    fn new(key: &AddressKey, expires: i64) -> Self {
        let mac = Hmac::new_from_slice(key.as_bytes()).expect("a key may have any length");
        Self { key: key.clone(), mac, key_id: key.id(), expires }
    }

    /// The code of what an address says: a part of it cannot be exchanged for that of another one.
    fn mac(&self, address: &Address) -> Hmac<Sha256> {
        let (path, fingerprint) = (address.path(), address.fingerprint);
        let Self { expires, key_id, .. } = self;
        self.mac.clone().chain_update(format!("{path}\n{fingerprint}\n{expires}\n{key_id}"))
    }

    /// Whether this is the signature of an address, in constant time.
    fn signed(&self, address: &Address, signature: &str) -> bool {
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        self.mac(address).verify_slice(&signature).is_ok()
    }
}

#[cfg(test)]
mod tests;

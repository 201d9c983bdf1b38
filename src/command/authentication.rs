//! Authentication of `serve`: who is admitted, according to the settings and the library.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use super::Failure;
use super::library::Library;
use crate::auth::{Anonymous, Authenticator, KeyWatch, Rules, TokenKey, Tokens};
use crate::config::{AccessSettings, AnonymousAccess, ServeSettings};
use crate::domain::{AddressKey, Role, SystemClock};
use crate::repository::KeyStore;
use crate::repository::memory::MemoryKeys;

/// The token verifier for these settings; none if they have no key for tokens.
pub(super) fn tokens(settings: &AccessSettings) -> Result<Option<Tokens>, Failure> {
    let keys = match (&settings.jwt_key_file, &settings.jwt_jwks_file) {
        (Some(path), _) => read("--jwt-key-file", path, |file| Ok(vec![TokenKey::of_file(file)?]))?,
        (None, Some(path)) => read("--jwt-jwks-file", path, |file| Ok(TokenKey::of_set(file)?))?,
        (None, None) if settings.jwt_issuer.is_some() || !settings.jwt_audience.is_empty() => {
            return Err("--jwt-issuer and --jwt-audience have no effect without a key: set \
                        --jwt-key-file or --jwt-jwks-file"
                .into());
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(Tokens::new(keys, settings.clone())))
}

fn read(
    flag: &str,
    path: &Path,
    keys: impl Fn(&[u8]) -> Result<Vec<TokenKey>, Failure>,
) -> Result<Vec<TokenKey>, Failure> {
    let shown = path.display();
    let content =
        fs::read(path).map_err(|error| format!("{flag}: cannot read {shown}: {error}"))?;
    keys(&content).map_err(|why| format!("{flag}: {shown} {why}").into())
}

/// The authenticator of a server, and the watch over its keys.
pub(super) struct Authentication {
    pub authenticator: Authenticator,
    keys: KeyWatch,
}

impl Authentication {
    /// The authentication to a server at this address.
    ///
    /// # Errors
    /// When other machines can reach the address and nobody can authenticate.
    pub async fn open(
        address: SocketAddr,
        settings: &ServeSettings,
        tokens: Option<Tokens>,
    ) -> Result<Self, Failure> {
        let new_address_key = settings.media.serve_files.map(|_| new_address_key()).transpose()?;
        let keys = KeyWatch::start(open_keys(settings).await?, new_address_key).await?;
        let rules = Rules {
            keys: keys.keys(),
            tokens,
            anonymous: anonymous(address, settings.access.allow_anonymous),
            address_key: keys.address_key(),
            clock: Arc::new(SystemClock),
        };
        let is_for_holders_alone = rules.anonymous == Anonymous::Nothing;
        let authenticator = Authenticator::new(rules);
        if is_for_holders_alone && !authenticator.has_good_credentials() {
            return Err(nobody_may_come_in(address, settings).into());
        }
        Ok(Self { authenticator, keys })
    }

    /// Lets go of the library.
    pub async fn close(self) {
        self.keys.stop().await;
    }
}

/// A key for signing addresses that nobody can guess.
///
/// # Errors
/// When the operating system cannot provide randomness.
pub(super) fn new_address_key() -> Result<AddressKey, Failure> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits)?;
    Ok(AddressKey::from_bytes(bits))
}

/// The keys of the library that is served. One in memory never has any.
async fn open_keys(settings: &ServeSettings) -> Result<Box<dyn KeyStore>, Failure> {
    match settings.lasting_library() {
        Some(_) => Library::named_by(&settings.database)?.open_keys_beside_work().await,
        None => Ok(Box::new(MemoryKeys::new())),
    }
}

/// What anonymous callers may do. Unless configured, only programs on the same machine may do
/// anything, and only while there are no credentials that they could present.
fn anonymous(address: SocketAddr, allowed: Option<AnonymousAccess>) -> Anonymous {
    match allowed {
        Some(AnonymousAccess::Read) => Anonymous::As(Role::Reader),
        Some(AnonymousAccess::Write) => Anonymous::As(Role::Editor),
        None if is_loopback(address) => Anonymous::EverythingWithoutCredentials,
        None => Anonymous::Nothing,
    }
}

/// Whether only programs on the same machine can reach an address.
pub(super) fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// What to do if other machines can reach the server and there are no credentials.
fn nobody_may_come_in(address: SocketAddr, settings: &ServeSettings) -> String {
    let url = &settings.database.database_url;
    let create = match settings.lasting_library() {
        Some(_) => format!(
            "\n  reelgraph key create --name NAME --role admin --database-url {url}\n      \
             creates a key for you; then start the server again"
        ),
        None => String::new(),
    };
    format!(
        "{address} can be reached from other machines, and there is no key. Do one of \
         these:{create}\n  \
         --jwt-jwks-file FILE or --jwt-key-file FILE\n      \
         accepts tokens that this key verifies\n  \
         --allow-anonymous read, or write\n      \
         lets everyone read, or also change, the library\n  \
         --listen 127.0.0.1:{}\n      \
         serves this machine alone",
        address.port()
    )
}

//! The authenticator: a credential becomes a pass, or is denied.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::auth_error::AuthError;
use super::bearer::bearer;
use super::keyring::ActiveKeys;
use super::refusals::RefusalLog;
use super::secret::Secret;
use super::token::Tokens;
use crate::domain::catalogue::job::NOBODY;
use crate::domain::{AddressKey, Clock, KeyId, Role, Timestamp};

/// The maximum time that a holder of a pass sleeps, in case the clock is set.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Authenticates callers. Cloning it is cheap.
#[derive(Clone)]
pub struct Authenticator {
    rules: Arc<Rules>,
    refusals: RefusalLog,
}

/// The rules for admitting callers.
pub struct Rules {
    /// The holders of these keys, as they are at any time.
    pub keys: watch::Receiver<Arc<ActiveKeys>>,
    /// The holders of tokens that are right by these keys.
    pub tokens: Option<Tokens>,
    /// Those who show nothing.
    pub anonymous: Anonymous,
    /// The key that signs addresses, as it is at any time; none where they are not signed.
    pub address_key: Option<watch::Receiver<Arc<AddressKey>>>,
    /// Tells when keys and tokens expire.
    pub clock: Arc<dyn Clock>,
}

/// The permissions of anonymous callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// Nothing.
    Nothing,
    /// What this role may do.
    As(Role),
    /// Everything, while there are no credentials to present.
    EverythingWithoutCredentials,
}

/// An authenticated caller: who it is, and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The name of the credential; none for anonymous callers.
    pub name: Option<Arc<str>>,
    /// The caller's permissions.
    pub role: Role,
    /// When the credential expires; none if it does not, or if there is none.
    pub expires_at: Option<Timestamp>,
    credential: Credential,
}

/// The credential that a pass was issued for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Credential {
    Nothing,
    Key(KeyId),
    /// Accepted until then, which is later than it expires by the permitted clock skew.
    Token {
        accepted_until: Timestamp,
    },
}

impl Authenticator {
    /// An authenticator with these rules.
    pub fn new(rules: Rules) -> Self {
        Self { rules: Arc::new(rules), refusals: RefusalLog::default() }
    }

    /// Logs that one at this address was denied; of many only the first ones, and how many more.
    pub fn log_refusal(&self, denial: &AuthError, client: Option<IpAddr>) {
        self.refusals.add(denial, client);
    }

    /// Whether there are any valid credentials.
    pub fn has_good_credentials(&self) -> bool {
        self.rules.tokens.is_some() || self.rules.keys.borrow().has_any_good(self.rules.clock.now())
    }

    /// Whether anonymous callers may do anything.
    pub fn accepts_anyone(&self) -> bool {
        self.anonymous_role().is_some()
    }

    /// The key that signs addresses, which then need no credential; none if they need none anyway, because anonymous
    /// callers may read.
    pub fn address_key(&self) -> Option<Arc<AddressKey>> {
        let key = self.rules.address_key.as_ref().filter(|_| !self.accepts_anyone())?;
        Some(Arc::clone(&key.borrow()))
    }

    /// Issues a pass for this `Authorization`, or for none. An invalid credential never counts as
    /// none. If there are no credentials and everything is open, the credential is ignored.
    ///
    /// # Errors
    /// When the credential is invalid, or is missing but required.
    pub fn authenticate(&self, authorization: Option<&str>) -> Result<Principal, AuthError> {
        let authorization = authorization.filter(|_| !self.is_open());
        match authorization.map(bearer).transpose()? {
            Some(credential) => self.admit_holder(credential),
            None => self.admit_anonymous(),
        }
    }

    fn admit_anonymous(&self) -> Result<Principal, AuthError> {
        let role = self.anonymous_role().ok_or(AuthError::Missing)?;
        Ok(Principal { name: None, role, expires_at: None, credential: Credential::Nothing })
    }

    fn admit_holder(&self, credential: &str) -> Result<Principal, AuthError> {
        if let Some(secret) = Secret::parse(credential) {
            return self.admit_key(&secret);
        }
        let tokens = self.rules.tokens.as_ref().ok_or(AuthError::Unknown)?;
        let token = tokens.verify(credential, self.rules.clock.now())?;
        Ok(Principal {
            name: Some(token.subject),
            role: token.role,
            expires_at: Some(token.expires_at),
            credential: Credential::Token { accepted_until: token.accepted_until },
        })
    }

    fn admit_key(&self, secret: &Secret) -> Result<Principal, AuthError> {
        let keys = self.rules.keys.borrow();
        let held = keys.find(secret).ok_or(AuthError::Unknown)?;
        let (key, now) = (held.key(), self.rules.clock.now());
        if key.has_expired_at(now) {
            return Err(AuthError::Expired);
        }
        if key.name.as_str() == NOBODY {
            return Err(AuthError::ReservedName);
        }
        held.note_use(now);
        Ok(Principal {
            name: Some(Arc::from(key.name.as_str())),
            role: key.role,
            expires_at: key.expires_at,
            credential: Credential::Key(key.id),
        })
    }

    /// Waits until a pass is no longer valid: its key was revoked or has expired, its token has
    /// expired, or anonymous callers are no longer admitted.
    pub async fn lost(&self, pass: &Principal) {
        let mut keys = self.rules.keys.clone();
        while let Some(rest) = self.rest_of(pass) {
            // Where nobody watches the keys, they do not change.
            let change = async {
                if keys.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = change => {}
                () = tokio::time::sleep(rest.min(LONGEST_SLEEP)) => {}
            }
        }
    }

    /// How long a pass can still be valid; none if it is not.
    fn rest_of(&self, pass: &Principal) -> Option<Duration> {
        let now = self.rules.clock.now();
        let end = match pass.credential {
            Credential::Nothing if self.anonymous_role() == Some(pass.role) => Timestamp::MAX,
            Credential::Nothing => return None,
            Credential::Key(id) => self.rules.keys.borrow().end_of(id)?,
            Credential::Token { accepted_until } => accepted_until,
        };
        // That has no end, also where the clock has passed the last year that it can show.
        if end == Timestamp::MAX {
            return Some(LONGEST_SLEEP);
        }
        let micros = end.as_micros() - now.as_micros();
        u64::try_from(micros).ok().filter(|rest| *rest > 0).map(Duration::from_micros)
    }

    fn anonymous_role(&self) -> Option<Role> {
        match self.rules.anonymous {
            Anonymous::Nothing => None,
            Anonymous::As(role) => Some(role),
            Anonymous::EverythingWithoutCredentials => self.is_open().then_some(Role::Admin),
        }
    }

    /// Whether everyone may do everything, because there are no credentials.
    fn is_open(&self) -> bool {
        let has_credentials = || self.rules.tokens.is_some() || self.rules.keys.borrow().was_used();
        self.rules.anonymous == Anonymous::EverythingWithoutCredentials && !has_credentials()
    }
}

/// Keys for tests.
#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::domain::ApiKey;

    /// So many seconds after 1970 began.
    pub fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    /// An editor's key that never expires.
    pub fn key(secret: &Secret, name: &str) -> ApiKey {
        ApiKey {
            id: secret.id(),
            name: name.parse().unwrap(),
            role: Role::Editor,
            digest: secret.digest(),
            created_at: at(0),
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::samples::{at, key};
    use super::*;
    use crate::domain::ApiKey;

    /// A clock that tests set, in microseconds since the Unix epoch.
    #[derive(Default)]
    struct ManualClock(AtomicI64);

    impl Clock for ManualClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.0.load(Ordering::Relaxed)).unwrap()
        }
    }

    /// An authenticator whose keys and clock a test can change.
    struct Fixture {
        authenticator: Authenticator,
        keys: watch::Sender<Arc<ActiveKeys>>,
        clock: Arc<ManualClock>,
    }

    fn fixture(anonymous: Anonymous, keys: Vec<ApiKey>) -> Fixture {
        let clock = Arc::new(ManualClock::default());
        let (sender, keys) = watch::channel(Arc::new(ActiveKeys::of(keys, &ActiveKeys::default())));
        let clock_of_rules = Arc::clone(&clock) as _;
        let rules =
            Rules { keys, tokens: None, anonymous, address_key: None, clock: clock_of_rules };
        Fixture { authenticator: Authenticator::new(rules), keys: sender, clock }
    }

    impl Fixture {
        fn set(&self, keys: Vec<ApiKey>) {
            self.keys.send_modify(|ring| *ring = Arc::new(ActiveKeys::of(keys, ring)));
        }

        fn pass(&self, credential: &str) -> Result<Principal, AuthError> {
            self.authenticator.authenticate(Some(&format!("Bearer {credential}")))
        }
    }

    #[test]
    fn the_holder_of_a_key_comes_in_by_name_until_it_expires() {
        let secret = Secret::random().unwrap();
        let key = ApiKey { expires_at: Some(at(10)), ..key(&secret, "lucy") };
        let fixture = fixture(Anonymous::Nothing, vec![key]);
        let pass = fixture.pass(secret.reveal()).unwrap();
        assert_eq!((pass.name.as_deref(), pass.role), (Some("lucy"), Role::Editor));
        assert_eq!(pass.expires_at, Some(at(10)));
        fixture.clock.0.store(10_000_000, Ordering::Relaxed);
        assert_eq!(fixture.pass(secret.reveal()), Err(AuthError::Expired));
    }

    #[test]
    fn a_key_whose_name_has_been_reserved_since_is_refused() {
        let secret = Secret::random().unwrap();
        let fixture = fixture(Anonymous::As(Role::Reader), vec![key(&secret, "scan")]);
        assert_eq!(fixture.pass(secret.reveal()), Err(AuthError::ReservedName));
    }

    #[test]
    fn an_unknown_key_and_a_wrong_secret_are_told_the_same_and_never_pass_as_nobody() {
        let (secret, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let fixture = fixture(Anonymous::As(Role::Editor), vec![key(&secret, "lucy")]);
        let (_, bits) = other.reveal().rsplit_once('_').unwrap();
        let forged = format!("rg_{}_{bits}", secret.id());
        for credential in [other.reveal(), &forged, "x"] {
            assert_eq!(fixture.pass(credential), Err(AuthError::Unknown), "{credential}");
        }
        assert_eq!(
            fixture.authenticator.authenticate(Some(other.reveal())),
            Err(AuthError::Malformed)
        );
        assert_eq!(fixture.authenticator.authenticate(None).unwrap().role, Role::Editor);
    }

    #[test]
    fn who_shows_nothing_may_do_everything_until_there_ever_was_a_key() {
        let secret = Secret::random().unwrap();
        let fixture = fixture(Anonymous::EverythingWithoutCredentials, Vec::new());
        for authorization in [None, Some("Bearer x"), Some("Basic x")] {
            let pass = fixture.authenticator.authenticate(authorization).unwrap();
            assert_eq!((pass.role, pass.name), (Role::Admin, None), "{authorization:?}");
        }
        fixture.set(vec![ApiKey { revoked_at: Some(at(0)), ..key(&secret, "lucy") }]);
        assert_eq!(fixture.authenticator.authenticate(None), Err(AuthError::Missing));
        assert_eq!(fixture.authenticator.authenticate(Some("Bearer x")), Err(AuthError::Unknown));
        assert!(!fixture.authenticator.has_good_credentials());
    }

    #[tokio::test]
    async fn a_pass_is_lost_with_its_key_and_no_other() {
        let (secret, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let both = || vec![key(&secret, "lucy"), key(&other, "dick")];
        let fixture = fixture(Anonymous::Nothing, both());
        let pass = fixture.pass(secret.reveal()).unwrap();
        let mut lost = std::pin::pin!(fixture.authenticator.lost(&pass));
        assert!(futures_util::poll!(&mut lost).is_pending());
        fixture.set(vec![key(&secret, "lucy")]);
        assert!(futures_util::poll!(&mut lost).is_pending());
        fixture.set(vec![key(&other, "dick")]);
        lost.await;
    }

    #[tokio::test]
    async fn a_pass_is_lost_when_its_time_is_over() {
        let secret = Secret::random().unwrap();
        let key = ApiKey { expires_at: Some(at(10)), ..key(&secret, "lucy") };
        let fixture = fixture(Anonymous::Nothing, vec![key]);
        fixture.clock.0.store(9_999_000, Ordering::Relaxed);
        let pass = fixture.pass(secret.reveal()).unwrap();
        let mut lost = std::pin::pin!(fixture.authenticator.lost(&pass));
        assert!(futures_util::poll!(&mut lost).is_pending());
        fixture.clock.0.store(10_000_000, Ordering::Relaxed);
        lost.await;
    }
}

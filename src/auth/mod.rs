//! Authentication: API keys, tokens, and anonymous callers.
//!
//! [`Authenticator`] is the only place that turns a credential into a [`Pass`]. It never waits: the keys are
//! in memory, where [`watch`] keeps them up to date, and tokens are self-contained. What a
//! [`Role`](crate::domain::Role) permits is decided elsewhere.

pub mod authenticator;
pub mod bearer;
pub mod denial;
pub mod keyring;
mod refusals;
pub mod secret;
pub mod token;
pub mod token_key;
pub mod watch;

pub use authenticator::{Anonymous, Authenticator, Pass, Rules};
pub use denial::Denial;
pub use keyring::Keyring;
pub use secret::Secret;
pub use token::Tokens;
pub use token_key::TokenKey;
pub use watch::KeyWatch;

//! Authentication: API keys, tokens, and anonymous callers.
//!
//! [`Authenticator`] is the only place that turns a credential into a [`Principal`]. It never waits: the keys are
//! in memory, where [`watch`] keeps them up to date, and tokens are self-contained. What a
//! [`Role`](crate::domain::Role) permits is decided elsewhere.

pub mod auth_error;
pub mod authenticator;
pub mod bearer;
pub mod keyring;
mod refusals;
pub mod secret;
pub mod token;
pub mod token_key;
pub mod watch;

pub use auth_error::AuthError;
pub use authenticator::{Anonymous, Authenticator, Principal, Rules};
pub use keyring::ActiveKeys;
pub use secret::Secret;
pub use token::Tokens;
pub use token_key::TokenKey;
pub use watch::KeyWatch;

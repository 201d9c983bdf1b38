//! Who asks, and what they may: API keys, tokens, and those who show neither.
//!
//! [`Gate`] is the one place that turns a credential into a [`Pass`]. It waits for nothing: the keys
//! are in memory, where [`watch`] keeps them up to date, and tokens tell everything themselves. What
//! a pass is needed for is decided where that is known, by its [`Role`](crate::domain::Role).

pub mod bearer;
pub mod denial;
pub mod gate;
pub mod keyring;
mod refusals;
pub mod secret;
pub mod token;
pub mod token_key;
pub mod watch;

pub use denial::Denial;
pub use gate::{Anonymous, Gate, Pass, Rules};
pub use keyring::Keyring;
pub use secret::Secret;
pub use token::{TokenSettings, Tokens};
pub use token_key::TokenKey;
pub use watch::KeyWatch;

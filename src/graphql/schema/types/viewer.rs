//! The caller as the API shows them.

use async_graphql::{Enum, SimpleObject};

use crate::domain::Role;
use crate::graphql::execution::direct::direct;
use crate::graphql::schema::scalars::DateTime;
use crate::graphql::schema::scope::Caller;

direct!(
    /// The caller of a request.
    #[derive(SimpleObject)]
    pub struct Viewer {
        /// Null for an anonymous caller.
        name: Option<String>,
        /// The role of the credential, or that of anonymous callers.
        role: ViewerRole,
        /// Whether the caller may change the library.
        can_write: bool,
        /// When the credential expires; null where it does not.
        expires_at: Option<DateTime>,
    }
);

direct!(
    /// More values may come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
    #[graphql(remote = "Role")]
    pub enum ViewerRole {
        /// May read, search and follow the library.
        Reader,
        /// May also change the library.
        Editor,
        /// May also read metrics.
        Admin,
    }
);

impl From<&Caller> for Viewer {
    fn from(caller: &Caller) -> Self {
        Self {
            name: caller.actor.clone(),
            role: caller.role.into(),
            can_write: caller.role >= Role::Editor,
            expires_at: caller.expires_at.map(DateTime),
        }
    }
}

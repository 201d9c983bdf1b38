//! Why a credential is refused.

/// Why a caller is rejected, in words for the caller: what to do, and nothing about which part of a
/// credential was wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// There is no credential, and one is needed.
    #[error(
        "authentication required: send the header \"Authorization: Bearer KEY\" with a key or a \
         token"
    )]
    Missing,
    /// It is in the address, as this parameter, where everyone can read it.
    #[error(
        "a key or a token must not be in the URL, as \"{0}\" is: send it in the header \
         \"Authorization: Bearer KEY\", and replace it, because URLs are logged"
    )]
    InAddress(String),
    /// It does not have the required form, or there are several.
    #[error("the header Authorization must be given once, as \"Bearer KEY\" with a key or a token")]
    Malformed,
    /// No such key, or a key or a token that is not right.
    #[error("the key or token is not valid: use another")]
    Unknown,
    /// It was right once.
    #[error("the key or token has expired: use a new one")]
    Expired,
    /// It was right before its name was reserved.
    #[error(
        "the key is named \"scan\", which now stands for scans that nobody asked for: create a key \
         with another name, and use that"
    )]
    ReservedName,
    /// The token is right as such, and still not for this.
    #[error("{0}")]
    Claim(String),
    /// The token contains no role.
    #[error("{0}")]
    NoRole(String),
}

impl AuthError {
    /// The reason in a word, for metrics and logs.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::InAddress(_) => "in_address",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::ReservedName => "reserved_name",
            Self::Claim(_) => "claim",
            Self::NoRole(_) => "no_role",
        }
    }
}

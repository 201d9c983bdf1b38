//! Authentication, apart from the API keys of the library.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::declaration::{Declaration as _, any_seconds, defaults};
use super::values::AnonymousAccess;
use crate::domain::Role;

/// Authentication and authorisation.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Access")]
pub struct AccessSettings {
    /// What anonymous callers may do: read, or write (which includes read); by default nothing, but
    /// everything on a loopback address while there are no keys and no tokens
    #[arg(long, setting(), value_name = "WHAT", hide_possible_values = true)]
    pub allow_anonymous: Option<AnonymousAccess>,

    /// Minimum role for introspection: reader, editor or admin
    #[arg(long, setting(), value_name = "ROLE", default_value = "reader")]
    #[arg(hide_possible_values = true)]
    pub introspection_role: Role,

    /// File with the key that verifies JSON Web Tokens: a PEM public key for RS256, ES256 or EdDSA,
    /// or a secret of at least 32 bytes for HS256
    #[arg(long, setting(), value_name = "FILE", conflicts_with = "jwt_jwks_file")]
    pub jwt_key_file: Option<PathBuf>,

    /// File with the JSON Web Key Set (JWKS) that verifies tokens
    #[arg(long, setting(), value_name = "FILE")]
    pub jwt_jwks_file: Option<PathBuf>,

    /// Required issuer of tokens (iss); any issuer that has the key if omitted
    #[arg(long, setting(), value_name = "ISSUER")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub jwt_issuer: Option<String>,

    /// Accepted audiences of tokens (aud), separated by commas; if omitted, tokens with an audience
    /// are refused
    #[arg(long, setting(), value_name = "AUDIENCES", value_delimiter = ',')]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub jwt_audience: Vec<String>,

    /// Token claim that contains the role, or a list that includes it; a path to a nested claim
    /// starts with a slash, e.g. /realm_access/roles
    #[arg(long, setting(), value_name = "CLAIM", default_value = "role")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub jwt_role_claim: String,

    /// Tolerated clock skew of token issuers, in seconds
    #[arg(long = "jwt-clock-skew-seconds", setting(), default_value = "30")]
    #[arg(value_parser = any_seconds, seconds = 0..=600)]
    pub jwt_clock_skew: Duration,
}

impl Default for AccessSettings {
    fn default() -> Self {
        defaults()
    }
}

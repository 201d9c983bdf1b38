//! Authentication, apart from the API keys of the library.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::values::{AnonymousAccess, Role};

/// Authentication and authorisation.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Access")]
pub struct AccessSettings {
    /// What anonymous callers may do: read, or write (which includes read); by default nothing, but
    /// everything on a loopback address while there are no keys and no tokens
    #[arg(long, env = "REELGRAPH_ALLOW_ANONYMOUS", hide_env_values = true, value_name = "WHAT")]
    #[arg(hide_possible_values = true)]
    pub allow_anonymous: Option<AnonymousAccess>,

    /// Minimum role for introspection: reader, editor or admin
    #[arg(long, env = "REELGRAPH_INTROSPECTION_ROLE", hide_env_values = true, value_name = "ROLE")]
    #[arg(default_value = "reader", hide_possible_values = true)]
    pub introspection_role: Role,

    /// File with the key that verifies JSON Web Tokens: a PEM public key for RS256, ES256 or EdDSA,
    /// or a secret of at least 32 bytes for HS256
    #[arg(long, env = "REELGRAPH_JWT_KEY_FILE", hide_env_values = true, value_name = "FILE")]
    #[arg(conflicts_with = "jwt_jwks_file")]
    pub jwt_key_file: Option<PathBuf>,

    /// File with the JSON Web Key Set (JWKS) that verifies tokens
    #[arg(long, env = "REELGRAPH_JWT_JWKS_FILE", hide_env_values = true, value_name = "FILE")]
    pub jwt_jwks_file: Option<PathBuf>,

    /// Required issuer of tokens (iss); any issuer that has the key if omitted
    #[arg(long, env = "REELGRAPH_JWT_ISSUER", hide_env_values = true, value_name = "ISSUER")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub jwt_issuer: Option<String>,

    /// Accepted audiences of tokens (aud), separated by commas; if omitted, tokens with an audience
    /// are refused
    #[arg(long, env = "REELGRAPH_JWT_AUDIENCE", hide_env_values = true, value_name = "AUDIENCES")]
    #[arg(value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub jwt_audience: Vec<String>,

    /// Token claim that contains the role, or a list that includes it; a path to a nested claim
    /// starts with a slash, e.g. /realm_access/roles
    #[arg(long, env = "REELGRAPH_JWT_ROLE_CLAIM", hide_env_values = true, value_name = "CLAIM")]
    #[arg(default_value = "role", value_parser = NonEmptyStringValueParser::new())]
    pub jwt_role_claim: String,

    /// Tolerated clock skew of token issuers, in seconds: 0 to 600
    #[arg(long, env = "REELGRAPH_JWT_CLOCK_SKEW_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "30")]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=600))]
    pub jwt_clock_skew_seconds: u64,
}

impl AccessSettings {
    /// Tolerated clock skew of token issuers.
    pub fn jwt_clock_skew(&self) -> Duration {
        Duration::from_secs(self.jwt_clock_skew_seconds)
    }
}

//! What `key` is asked to do.

use clap::{Args, Subcommand};

use super::DatabaseSettings;
use super::values::Role;

/// The settings of `key`.
#[derive(Args, Clone, Debug)]
pub struct KeySettings {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// What can be done with keys.
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// Make a key and print it, this once
    Create(CreateKeySettings),
    /// List the keys: whose they are, what they may do, when they were used last
    List(DatabaseSettings),
    /// Revoke a key; a running server refuses it within seconds
    Revoke(RevokeKeySettings),
}

/// The settings of `key create`.
#[derive(Args, Clone, Debug)]
pub struct CreateKeySettings {
    #[expect(
        missing_docs,
        reason = "a doc comment here would replace the command's own in --help"
    )]
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// Name of the key's holder, as shown in the audit log and the server's log: 1 to 100 bytes
    #[arg(long, value_name = "NAME")]
    pub name: String,

    /// What its holder may do: reader, editor (and change the library) or admin (and see metrics)
    #[arg(long, value_name = "ROLE", hide_possible_values = true)]
    pub role: Role,

    /// After how many days the key expires: 1 to 36500; never if left out
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=36_500))]
    pub expires_in_days: Option<i64>,
}

/// The settings of `key revoke`.
#[derive(Args, Clone, Debug)]
pub struct RevokeKeySettings {
    #[expect(
        missing_docs,
        reason = "a doc comment here would replace the command's own in --help"
    )]
    #[command(flatten)]
    pub database: DatabaseSettings,

    /// The key's name, or its ID
    #[arg(value_name = "NAME|ID")]
    pub key: String,
}

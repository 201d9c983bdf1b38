//! The settings of `key`.

use clap::{Args, Subcommand};

use super::DatabaseSettings;
use super::declaration::Declaration as _;
use crate::domain::Role;

/// The settings of `key`.
#[derive(Args, Clone, Debug)]
pub struct KeySettings {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// The subcommands of `key`.
#[derive(Subcommand, Clone, Debug)]
pub enum KeyCommand {
    /// Create a key and print it; it cannot be shown again
    Create(CreateKeySettings),
    /// List the keys with their names, roles and the times of their last use
    List(DatabaseSettings),
    /// Revoke a key; a running server refuses it within seconds
    Revoke(RevokeKeySettings),
    /// Replace the key that signs the addresses of files and thumbnails; every address that was given before stops
    /// working within seconds
    RotateAddressKey(DatabaseSettings),
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

    /// Name of the key's holder, shown in the audit log and the server's log: 1 to 100 bytes
    #[arg(long, value_name = "NAME")]
    pub name: String,

    /// Role of the holder: reader, editor (can also change the library) or admin (can also read
    /// metrics)
    #[arg(long, value_name = "ROLE", hide_possible_values = true)]
    pub role: Role,

    /// Days until the key expires; if omitted, it never expires
    #[arg(long, value_name = "DAYS", within = 1..=36_500_i64)]
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

    /// Name or ID of the key
    #[arg(value_name = "NAME|ID")]
    pub key: String,
}

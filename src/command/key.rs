//! `reelgraph key`: creates, lists and revokes the API keys of a library.

use std::fmt::Write;

use super::Failure;
use super::authentication::new_address_key;
use super::library::Library;
use super::output::{print, say};
use crate::auth::Secret;
use crate::causes::with_causes;
use crate::config::{
    CreateKeySettings, DatabaseSettings, KeyCommand, KeySettings, RevokeKeySettings,
};
use crate::domain::catalogue::job::NOBODY;
use crate::domain::{ApiKey, Clock, KeyName, SystemClock, Timestamp};
use crate::repository::{KeyError, KeyStore};

const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;

pub(super) async fn run(settings: KeySettings) -> Result<(), Failure> {
    match settings.command {
        KeyCommand::Create(settings) => create(&settings).await,
        KeyCommand::List(settings) => list(&settings).await,
        KeyCommand::Revoke(settings) => revoke(&settings).await,
        KeyCommand::RotateAddressKey(settings) => rotate_address_key(&settings).await,
    }
}

async fn create(settings: &CreateKeySettings) -> Result<(), Failure> {
    let name: KeyName = settings.name.parse().map_err(|why| format!("--name {why}"))?;
    if name.as_str() == NOBODY {
        let why = "must not be scan, which stands for scans that nobody asked for";
        return Err(format!("--name {why}: choose another name").into());
    }
    let (secret, now) = (Secret::random()?, SystemClock.now());
    let key = ApiKey {
        id: secret.id(),
        name,
        role: settings.role,
        digest: secret.digest(),
        created_at: now,
        expires_at: settings.expires_in_days.map(|days| days_after(now, days)).transpose()?,
        last_used_at: None,
        revoked_at: None,
    };
    // It is created if it does not exist: a key is often what comes first.
    let keys = Library::named_by(&settings.database)?.open_keys().await?;
    let outcome = hand_over(&*keys, &key, &secret).await;
    keys.close().await;
    outcome?;
    let (id, name, role) = (key.id, &key.name, key.role.name());
    let end = key.expires_at.map_or_else(String::new, |end| format!(" until {}", seconds(end)));
    say(format_args!(
        "This is the key {id} of {name}, {role}{end}. Store it now: only its hash is kept, and it \
         cannot be shown again. A running server accepts it within two seconds."
    ));
    Ok(())
}

/// Stores a key, then prints its secret. If printing fails, the key is revoked, so that no unseen
/// key is valid.
async fn hand_over(keys: &dyn KeyStore, key: &ApiKey, secret: &Secret) -> Result<(), Failure> {
    keys.insert(key).await.map_err(|error| match error {
        KeyError::NameTaken => {
            let name = &key.name;
            let advice = "choose another name, or revoke that key first";
            format!("a key named {name} already exists: {advice}").into()
        }
        KeyError::Store(error) => Failure::from(error),
    })?;
    let Err(unwritten) = print(format_args!("{}\n", secret.reveal())) else { return Ok(()) };
    let id = key.id;
    let state = match keys.revoke(id, SystemClock.now()).await {
        Ok(()) => format!("the key {id} was revoked: create another one"),
        Err(error) => {
            let why = with_causes(&error);
            format!("the key {id} could not be revoked ({why}): use `reelgraph key revoke {id}`")
        }
    };
    Err(format!("{unwritten}; {state}").into())
}

async fn list(settings: &DatabaseSettings) -> Result<(), Failure> {
    let keys = Library::named_by(settings)?.open_existing_keys().await?;
    let listed = keys.list().await;
    keys.close().await;
    let now = SystemClock.now();
    let head = ["ID", "NAME", "ROLE", "CREATED", "EXPIRES", "LAST USED", "STATE"];
    let mut rows = vec![head.map(str::to_owned)];
    rows.extend(listed?.iter().map(|key| row_of(key, now)));
    print(table(&rows))
}

fn row_of(key: &ApiKey, now: Timestamp) -> [String; 7] {
    let time = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), seconds);
    let state = match key.revoked_at {
        Some(at) => format!("revoked {}", seconds(at)),
        None if key.has_expired_at(now) => "expired".to_owned(),
        None => "good".to_owned(),
    };
    [
        key.id.to_string(),
        key.name.to_string(),
        key.role.name().to_owned(),
        seconds(key.created_at),
        time(key.expires_at),
        time(key.last_used_at),
        state,
    ]
}

fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let mut text = String::new();
    for row in rows {
        let padded = |(column, text): (usize, &String)| {
            let width = width(column).unwrap_or(0);
            format!("{text:width$}")
        };
        let line: Vec<String> = row.iter().enumerate().map(padded).collect();
        writeln!(text, "{}", line.join("  ").trim_end()).expect("text can be written");
    }
    text
}

async fn revoke(settings: &RevokeKeySettings) -> Result<(), Failure> {
    let keys = Library::named_by(&settings.database)?.open_existing_keys().await?;
    let outcome = revoke_in(&*keys, &settings.key).await;
    keys.close().await;
    let key = outcome?;
    let (id, name) = (key.id, key.name);
    print(format_args!(
        "Revoked the key {id} of {name}. A running server rejects it within two seconds.\n"
    ))
}

async fn revoke_in(keys: &dyn KeyStore, name_or_id: &str) -> Result<ApiKey, Failure> {
    let is_meant = |key: &ApiKey| {
        key.id.to_string() == name_or_id
            || key.name.as_str() == name_or_id && key.revoked_at.is_none()
    };
    let key = keys.list().await?.into_iter().find(is_meant);
    let key = key.ok_or_else(|| {
        format!("there is no key {name_or_id}: `reelgraph key list` lists all keys")
    })?;
    if key.revoked_at.is_some() {
        return Err(format!("the key {name_or_id} has already been revoked").into());
    }
    keys.revoke(key.id, SystemClock.now()).await?;
    Ok(key)
}

async fn rotate_address_key(settings: &DatabaseSettings) -> Result<(), Failure> {
    let key = new_address_key()?;
    let keys = Library::named_by(settings)?.open_existing_keys().await?;
    let outcome = keys.replace_address_key(&key).await;
    keys.close().await;
    outcome?;
    print(format_args!(
        "Replaced the key that signs addresses by {}. A running server refuses earlier addresses within two \
         seconds.\n",
        key.id()
    ))
}

fn days_after(now: Timestamp, days: i64) -> Result<Timestamp, Failure> {
    Ok(Timestamp::from_micros(now.as_micros() + days * DAY_MICROS)?)
}

/// A time without its microseconds, for readability.
fn seconds(at: Timestamp) -> String {
    let text = at.to_string();
    text.split_once('.').map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"))
}

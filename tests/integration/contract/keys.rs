//! API keys: what is kept of them, and what others see of changes.

use reelgraph::domain::{AddressKey, ApiKey, KeyId, Role};
use reelgraph::repository::{KeyError, KeyStore};

use crate::support::videos::second;

contract_suite! {
    key_cases:
        a_new_library_has_no_keys,
        keys_are_listed_in_the_order_in_which_they_were_made,
        a_key_is_new_however_it_is_handed_over,
        a_name_stands_for_one_key_at_a_time,
        an_id_is_not_used_twice,
        a_key_is_revoked_once,
        uses_are_recorded_for_the_keys_that_there_are,
        changes_made_elsewhere_change_the_version,
        all_servers_sign_addresses_with_one_key,
        the_key_of_addresses_is_replaced_for_all;
}

fn id(number: u8) -> KeyId {
    KeyId::from_bytes([0, 0, 0, 0, 0, number])
}

/// A key of this number and name, made in this second.
fn key(number: u8, name: &str, made: i64) -> ApiKey {
    ApiKey {
        id: id(number),
        name: name.parse().unwrap(),
        role: Role::Editor,
        digest: [number; 32],
        created_at: second(made),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    }
}

async fn a_new_library_has_no_keys(keys: &dyn KeyStore, elsewhere: &dyn KeyStore) {
    assert_eq!(keys.list().await.unwrap(), []);
    assert_eq!(elsewhere.list().await.unwrap(), []);
}

async fn keys_are_listed_in_the_order_in_which_they_were_made(
    keys: &dyn KeyStore,
    elsewhere: &dyn KeyStore,
) {
    let reader = ApiKey { role: Role::Reader, ..key(9, "é 'x\"", -7) };
    let admin = ApiKey { role: Role::Admin, expires_at: Some(second(-9)), ..key(0xaf, "c", 5) };
    let [late, early] = [key(1, "a", 7), key(0x1a, "b", 5)];
    for key in [&late, &admin, &reader, &early] {
        keys.insert(key).await.unwrap();
    }
    let expected = [reader, early, admin, late];
    assert_eq!(keys.list().await.unwrap(), expected);
    assert_eq!(elsewhere.list().await.unwrap(), expected);
}

async fn a_key_is_new_however_it_is_handed_over(keys: &dyn KeyStore, _: &dyn KeyStore) {
    let new = key(1, "lucy", 1);
    let used = ApiKey { last_used_at: Some(second(2)), revoked_at: Some(second(3)), ..new.clone() };
    keys.insert(&used).await.unwrap();
    assert_eq!(keys.list().await.unwrap(), [new]);
}

async fn a_name_stands_for_one_key_at_a_time(keys: &dyn KeyStore, elsewhere: &dyn KeyStore) {
    let first = ApiKey { expires_at: Some(second(2)), ..key(1, "lucy", 1) };
    keys.insert(&first).await.unwrap();
    let second_one = key(2, "lucy", 3);
    let refused = elsewhere.insert(&second_one).await;
    assert!(matches!(refused, Err(KeyError::NameTaken)), "{refused:?}");
    assert_eq!(keys.list().await.unwrap(), [first]);
    keys.insert(&key(3, "Lucy", 3)).await.unwrap();
    keys.revoke(id(1), second(4)).await.unwrap();
    elsewhere.insert(&second_one).await.unwrap();
    assert_eq!(keys.list().await.unwrap().len(), 3);
}

async fn an_id_is_not_used_twice(keys: &dyn KeyStore, _: &dyn KeyStore) {
    keys.insert(&key(1, "lucy", 1)).await.unwrap();
    keys.revoke(id(1), second(2)).await.unwrap();
    let before = keys.list().await.unwrap();
    let refused = keys.insert(&key(1, "ben", 3)).await;
    assert!(matches!(refused, Err(KeyError::Store(_))), "{refused:?}");
    assert_eq!(keys.list().await.unwrap(), before);
}

async fn a_key_is_revoked_once(keys: &dyn KeyStore, elsewhere: &dyn KeyStore) {
    let (revoked, kept) = (key(1, "lucy", 1), key(2, "ben", 2));
    keys.insert(&revoked).await.unwrap();
    keys.insert(&kept).await.unwrap();
    keys.revoke(id(1), second(5)).await.unwrap();
    elsewhere.revoke(id(1), second(9)).await.unwrap();
    elsewhere.revoke(id(3), second(9)).await.unwrap();
    let revoked = ApiKey { revoked_at: Some(second(5)), ..revoked };
    assert_eq!(keys.list().await.unwrap(), [revoked, kept]);
}

async fn uses_are_recorded_for_the_keys_that_there_are(
    keys: &dyn KeyStore,
    elsewhere: &dyn KeyStore,
) {
    let (used, unused) = (key(1, "lucy", 1), key(2, "ben", 2));
    keys.insert(&used).await.unwrap();
    keys.insert(&unused).await.unwrap();
    keys.note_uses(&[(id(1), second(5)), (id(3), second(6))]).await.unwrap();
    keys.note_uses(&[(id(1), second(7)), (id(1), second(8))]).await.unwrap();
    keys.note_uses(&[]).await.unwrap();
    let used = ApiKey { last_used_at: Some(second(8)), ..used };
    assert_eq!(elsewhere.list().await.unwrap(), [used, unused]);
}

async fn changes_made_elsewhere_change_the_version(keys: &dyn KeyStore, elsewhere: &dyn KeyStore) {
    let mut version = keys.version().await.unwrap();
    assert_eq!(keys.version().await.unwrap(), version);
    elsewhere.insert(&key(1, "lucy", 1)).await.unwrap();
    for step in ["inserted", "revoked"] {
        let now = keys.version().await.unwrap();
        assert_ne!(now, version, "{step}");
        assert_eq!(keys.version().await.unwrap(), now, "{step}");
        version = now;
        elsewhere.revoke(id(1), second(2)).await.unwrap();
    }
}

fn address_key(byte: u8) -> AddressKey {
    AddressKey::from_bytes([byte; 32])
}

async fn all_servers_sign_addresses_with_one_key(keys: &dyn KeyStore, elsewhere: &dyn KeyStore) {
    let before = keys.version().await.unwrap();
    assert_eq!(elsewhere.address_key(&address_key(1)).await.unwrap(), address_key(1));
    assert_ne!(keys.version().await.unwrap(), before);
    assert_eq!(keys.address_key(&address_key(2)).await.unwrap(), address_key(1));
    assert_eq!(keys.list().await.unwrap(), []);
}

async fn the_key_of_addresses_is_replaced_for_all(keys: &dyn KeyStore, elsewhere: &dyn KeyStore) {
    for key in [0xff, 0] {
        let before = elsewhere.version().await.unwrap();
        keys.replace_address_key(&address_key(key)).await.unwrap();
        assert_ne!(elsewhere.version().await.unwrap(), before);
        assert_eq!(elsewhere.address_key(&address_key(3)).await.unwrap(), address_key(key));
    }
}

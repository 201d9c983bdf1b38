//! Addresses, and what is wrong with others.

use super::*;
use crate::domain::samples;

fn key(byte: u8) -> AddressKey {
    AddressKey::from_bytes([byte; 32])
}

fn signed_by(key: Option<AddressKey>) -> Addresses {
    let key = key.map(Arc::new);
    Addresses::new(ServedFiles::All, move || key.clone())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn fingerprint() -> Fingerprint {
    Fingerprint::from_hash(1)
}

fn given(addresses: &Addresses, target: Target, now: Timestamp) -> String {
    addresses.at(now).address(samples::video().id, target, fingerprint()).unwrap()
}

fn read(addresses: &Addresses, address: &str, now: Timestamp) -> Result<Address, AddressError> {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    addresses.read(path, query, now)
}

const NOON: &str = "2026-01-01T12:00:00Z";

#[test]
fn what_was_given_is_read() {
    let targets = [Target::File, Target::Thumbnail(ThumbnailWidth::W320)];
    for (key, is_signed) in [(None, false), (Some(key(1)), true)] {
        let addresses = signed_by(key);
        for target in targets {
            let address = given(&addresses, target, at(NOON));
            let (video, fingerprint) = (samples::video().id, fingerprint());
            let expected = Address { video, target, fingerprint, is_signed };
            assert_eq!(read(&addresses, &address, at(NOON)), Ok(expected), "{address}");
        }
    }
}

#[test]
fn an_address_has_this_form() {
    let id = samples::video().id;
    let digits = "x3p1:00000000000000000000000000000001";
    let open = signed_by(None);
    assert_eq!(given(&open, Target::File, at(NOON)), format!("/files/{id}?v={digits}"));
    let width = Target::Thumbnail(ThumbnailWidth::W1280);
    let thumbnail = given(&open, width, at(NOON));
    assert_eq!(thumbnail, format!("/thumbnails/{id}/1280.jpg?v={digits}"));
    // Rounded up to 13:00, and twelve hours.
    let signed = given(&signed_by(Some(key(1))), Target::File, at("2026-01-01T12:00:00.5Z"));
    let key_id = key(1).id();
    let start = format!("/files/{id}?v={digits}&expires=1767315600&kid={key_id}&sig=");
    let signature = signed.strip_prefix(&start).unwrap();
    assert_eq!(signature.len(), 43, "{signed}");
}

#[test]
fn addresses_are_the_same_within_an_hour() {
    let addresses = signed_by(Some(key(1)));
    let file = |now: &str| given(&addresses, Target::File, at(now));
    assert_eq!(file("2026-01-01T12:00:00Z"), file("2026-01-01T12:59:59.999999Z"));
    assert_ne!(file("2026-01-01T12:59:59.999999Z"), file("2026-01-01T13:00:00Z"));
}

#[test]
fn an_address_expires() {
    let addresses = signed_by(Some(key(1)));
    let file = given(&addresses, Target::File, at(NOON));
    assert!(read(&addresses, &file, at("2026-01-02T00:59:59.999999Z")).is_ok());
    let expired = Err(AddressError::Expired);
    assert_eq!(read(&addresses, &file, at("2026-01-02T01:00:00Z")), expired);
}

#[test]
fn no_part_of_a_signed_address_can_be_changed() {
    let addresses = signed_by(Some(key(1)));
    let file = given(&addresses, Target::File, at(NOON));
    let thumbnail = given(&addresses, Target::Thumbnail(ThumbnailWidth::W160), at(NOON));
    let id = samples::video().id.to_string();
    let other = "00000000-0000-4000-8000-000000000000";
    for forged in [
        file.replace(&id, other),
        thumbnail.replace(&id, other),
        thumbnail.replace("160.jpg", "320.jpg"),
        thumbnail.replace("/thumbnails/", "/files/").replace("/160.jpg", ""),
        file.replace("01&expires", "02&expires"),
        file.replace("expires=1", "expires=2"),
        file.replace("kid=", "kid=0"),
        file.replace("sig=", "sig=A"),
        file.replace("sig=", "sig=!"),
        given(&signed_by(Some(key(2))), Target::File, at(NOON)),
        format!("/files/{id}?v={}&sig=", fingerprint()),
        file.split("&expires").next().unwrap().to_owned()
            + "&sig="
            + file.split("sig=").last().unwrap(),
    ] {
        assert_eq!(read(&addresses, &forged, at(NOON)), Err(AddressError::Forged), "{forged}");
    }
}

#[test]
fn without_a_signature_an_address_says_so() {
    let addresses = signed_by(Some(key(1)));
    let bare = given(&signed_by(None), Target::File, at(NOON));
    assert!(!read(&addresses, &bare, at(NOON)).unwrap().is_signed);
    // A server that has become open since does not ask for the signature either.
    let signed = given(&addresses, Target::File, at(NOON));
    let later = at("2027-01-01T12:00:00Z");
    assert!(!read(&signed_by(None), &signed, later).unwrap().is_signed);
}

#[test]
fn nothing_else_is_an_address() {
    let id = samples::video().id;
    let open = signed_by(None);
    let v = format!("v={}", fingerprint());
    for wrong in [
        format!("/files/?{v}"),
        format!("/files/{id}"),
        format!("/files/{id}?v=x3p1:1"),
        format!("/files/{id}?{v}&{v}"),
        format!("/files/{id}/?{v}"),
        format!("/files/{id}/..?{v}"),
        format!("/files/../{id}?{v}"),
        format!("/files//etc/passwd?{v}"),
        format!("/thumbnails/{id}?{v}"),
        format!("/thumbnails/{id}/320?{v}"),
        format!("/thumbnails/{id}/321.jpg?{v}"),
        format!("/thumbnails/{id}/320.jpg/?{v}"),
        format!("/thumbnails/../320.jpg?{v}"),
        format!("/others/{id}?{v}"),
    ] {
        assert_eq!(read(&open, &wrong, at(NOON)), Err(AddressError::Malformed), "{wrong}");
    }
    // What others add to an address changes nothing.
    assert!(read(&open, &format!("/files/{id}?{v}&utm_source=x"), at(NOON)).is_ok());
}

#[test]
fn a_server_of_thumbnails_gives_no_addresses_of_files() {
    let addresses = Addresses::new(ServedFiles::Thumbnails, || None);
    let book = addresses.at(at(NOON));
    assert_eq!(book.address(samples::video().id, Target::File, fingerprint()), None);
    let of_all = given(&signed_by(None), Target::File, at(NOON));
    assert_eq!(read(&addresses, &of_all, at(NOON)), Err(AddressError::Malformed));
    let width = Target::Thumbnail(ThumbnailWidth::W320);
    assert!(book.address(samples::video().id, width, fingerprint()).is_some());
}

//! Cursors as clients store them: each text that the server has ever returned keeps its meaning, or
//! is rejected.

use super::*;
use crate::domain::search::Tier;
use crate::domain::{Direction, NaturalName, OrderField, OrderKey, Quantity, SortValue, Timestamp};

fn id() -> VideoId {
    VideoId::from_bytes([7; 16])
}

fn query(text: &str) -> SearchQuery {
    SearchQuery::parse(text).unwrap()
}

#[track_caller]
fn video(keys: &[(OrderField, Direction, SortValue)], text: &str) {
    let key = |(field, direction, _): &_| OrderKey { field: *field, direction: *direction };
    let order = VideoOrder::by(keys.iter().map(key).collect());
    let place =
        SortPosition { keys: keys.iter().map(|(_, _, value)| value.clone()).collect(), id: id() };
    let cursor = Cursor::Video { order: Cow::Borrowed(&order), place: place.clone() };
    assert_eq!(cursor.encode(), text, "{order:?}");
    assert_eq!(Cursor::video_place(text, &order).ok(), Some(place), "{order:?}");
}

#[test]
fn places_among_videos() {
    use Direction::{Asc, Desc};
    let micros = SortValue::Integer(1_764_355_200_000_000);
    let text = |text: &str| SortValue::Text(text.to_owned());
    video(
        &[(OrderField::CreatedAt, Desc, micros.clone())],
        "AAEAAQEAgIChz_6qogYQBwcHBwcHBwcHBwcHBwcHB6P_Mvc",
    );
    video(
        &[(OrderField::CreatedAt, Asc, SortValue::Integer(-1))],
        "AAEAAAEAARAHBwcHBwcHBwcHBwcHBwcHKXQTAg",
    );
    video(
        &[(OrderField::UpdatedAt, Desc, micros.clone())],
        "AAEBAQEAgIChz_6qogYQBwcHBwcHBwcHBwcHBwcHB8D469M",
    );
    video(
        &[(OrderField::Filename, Asc, text("Hôtel.mkv"))],
        "AAECAAECCkjDtHRlbC5ta3YQBwcHBwcHBwcHBwcHBwcHB7SwaPU",
    );
    video(
        &[(OrderField::FilenameNatural, Asc, SortValue::Natural(NaturalName::of("Hôtel.mkv")))],
        "AAEGAAEDCkjDtHRlbC5ta3YQBwcHBwcHBwcHBwcHBwcHB6Y9q_s",
    );
    video(
        &[(OrderField::Path, Desc, text("/media/Hôtel.mkv"))],
        "AAEDAQECES9tZWRpYS9Iw7R0ZWwubWt2EAcHBwcHBwcHBwcHBwcHBwfvO1bi",
    );
    video(
        &[(OrderField::Duration, Asc, SortValue::Real(0.1))],
        "AAEEAAEBmpmZmZmZuT8QBwcHBwcHBwcHBwcHBwcHB6VoQQ4",
    );
    video(
        &[(OrderField::FileSize, Desc, SortValue::Integer(9_007_199_254_740_991))],
        "AAEFAQEA_v_______x8QBwcHBwcHBwcHBwcHBwcHB9Eq2Zs",
    );
    video(
        &[(OrderField::VideoCodec, Asc, text("h264"))],
        "AAEHAAECBGgyNjQQBwcHBwcHBwcHBwcHBwcHBzumFc8",
    );
    video(&[(OrderField::AudioCodec, Asc, text(""))], "AAEIAAECABAHBwcHBwcHBwcHBwcHBwcHC9GFEg");
    video(
        &[(OrderField::AudioCodec, Desc, text("aac"))],
        "AAEIAQECA2FhYxAHBwcHBwcHBwcHBwcHBwcH_sfZXw",
    );
    video(
        &[(OrderField::Resolution, Desc, SortValue::Resolution { pixels: 2_073_600, width: 1920 })],
        "AAEJAQEEgJD9AYAeEAcHBwcHBwcHBwcHBwcHBweBVR47",
    );
    video(
        &[(OrderField::FrameRate, Asc, SortValue::Real(30_000.0 / 1001.0))],
        "AAEKAAEBKGtV4lP4PUAQBwcHBwcHBwcHBwcHBwcHBxiMJ44",
    );
    video(
        &[
            (OrderField::Duration, Desc, SortValue::Real(5400.0)),
            (OrderField::Filename, Asc, text("a")),
            (OrderField::CreatedAt, Desc, micros),
        ],
        "AAMEAQIAAAEDAQAAAAAAGLVAAgFhAICAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwfZ9T_V",
    );
}

#[track_caller]
fn found(searched: &str, tier: Tier, text: &str) {
    let query = query(searched);
    let created_at = Timestamp::from_micros(1_764_355_200_000_000).unwrap();
    let place = SearchPosition { tier, created_at, id: id() };
    assert_eq!(Cursor::found(&query, place).encode(), text, "{searched} {tier:?}");
    assert_eq!(Cursor::search_place(text, &query).ok(), Some(place), "{searched} {tier:?}");
}

#[test]
fn places_in_results_of_searches() {
    found("two", Tier::Exact, "A-m5zcIIBICAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwff_SZi");
    found("two", Tier::FilenameWhole, "A-m5zcIIAICAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwf1abC8");
    found("two", Tier::FilenameStart, "A-m5zcIIAYCAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwcSdBYr");
    found("two", Tier::PathWhole, "A-m5zcIIAoCAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwfgI_vT");
    found("two", Tier::PathStart, "A-m5zcIIA4CAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwcHPl1E");
    found(
        "two towers 1080p",
        Tier::FilenameWhole,
        "A7qVsIoBAICAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwdf-GWV",
    );
    found(
        "\"two towers\" -cam",
        Tier::PathWhole,
        "A5jQ084LAoCAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwf0uGCU",
    );
    found("日本 S01E02", Tier::FilenameStart, "A7mD16gOAYCAoc_-qqIGEAcHBwcHBwcHBwcHBwcHBwcl1270");
}

#[test]
fn places_in_the_history() {
    let version = "ARAHBwcHBwcHBwcHBwcHBwcH2ASrR0Ko";
    assert_eq!(Cursor::History { entity_id: id(), version: 300 }.encode(), version);
    assert_eq!(Cursor::version(version, id()).ok(), Some(300));

    let sequence = "AoCJejDptzc";
    assert_eq!(Cursor::Log { sequence: 1_000_000 }.encode(), sequence);
    assert_eq!(Cursor::sequence(sequence).ok(), Some(1_000_000));

    let request = "BYCJeq0-j44";
    assert_eq!(Cursor::AuditRequests { first_sequence: 1_000_000 }.encode(), request);
    assert_eq!(Cursor::first_sequence(request).ok(), Some(1_000_000));

    let place = LogPosition { sequence: 1_000_000, fingerprint: 0x0123_4567 };
    let change = "BICJeueKjQmzWD9q";
    assert_eq!(Cursor::Changes { place }.encode(), change);
    assert_eq!(Cursor::log_place(change).ok(), Some(place));
}

#[test]
fn places_among_scans_and_their_problems() {
    let created_at = Timestamp::from_micros(1_764_355_200_000_000).unwrap();
    let place = ScanPlace { created_at, id: ScanId::from_bytes([7; 16]) };
    let scan = "B4CAoc_-qqIGBwcHBwcHBwcHBwcHBwcHB5qLncg";
    assert_eq!(Cursor::of_scan(place).encode(), scan);
    assert_eq!(Cursor::scan_place(scan).ok(), Some(place));

    let root = RootId::from_bytes([7; 16]);
    let problem = "BgcHBwcHBwcHBwcHBwcHBwcDYS__fF5I1w";
    assert_eq!(Cursor::of_problem(root, b"a/\xff".to_vec()).encode(), problem);
    assert_eq!(Cursor::problem_place(problem, root).ok(), Some(b"a/\xff".to_vec()));
}

#[test]
fn places_in_differences() {
    let place = "CBAHBwcHBwcHBwcHBwcHBwcH67nfEA";
    assert_eq!(Cursor::Differences { video: id() }.encode(), place);
    assert_eq!(Cursor::difference_place(place).ok(), Some(id()));
}

#[test]
fn places_among_duplicates() {
    let redundant_bytes = Quantity::new(9_007_199_254_740_991).unwrap();
    let fingerprint = "x3p1:00112233445566778899aabbccddeeff".parse().unwrap();
    let place = DuplicatePlace { redundant_bytes, fingerprint };
    let group = "Cf7_______8fJXgzcDE6MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmaSnKTP";
    assert_eq!(Cursor::Duplicates { place }.encode(), group);
    assert_eq!(Cursor::duplicate_place(group).ok(), Some(place));
}

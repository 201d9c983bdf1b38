//! Facts of files: what they can be, and how they are packed.

use serde_json::json;

use super::*;
use crate::domain::samples;

fn packed(facts: &FileFacts) -> PackedFacts {
    facts.pack().unwrap().unwrap()
}

#[test]
fn facts_come_back_as_they_were_packed() {
    let facts = samples::facts();
    let packed = packed(&facts);
    assert_eq!(packed.read(), Ok(&facts));
    assert_eq!(PackedFacts::stored(packed.as_str()), packed);
    assert_eq!(FileFacts::default().pack(), Ok(None));
}

#[test]
fn the_text_stays_as_libraries_have_it() {
    let text = concat!(
        r#"{"missingSince":"1970-01-01T00:00:00.000007Z","fileModifiedAt":"1970-01-01T00:00:00.000008Z","#,
        r#""fingerprint":"x3p1:000000000000000000000000000000ff","container":"matroska","#,
        r#""bitRate":4000000,"rotation":90,"pixelAspectRatio":{"numerator":16,"denominator":11},"#,
        r#""hasVariableFrameRate":false,"streams":[{"index":0,"kind":"VIDEO","codec":"hevc","#,
        r#""profile":"Main 10","isDefault":true,"width":3840,"height":2160,"bitDepth":10,"#,
        r#""dynamicRange":"HDR10"},{"index":1,"kind":"SUBTITLE","codec":"subrip","language":"eng","#,
        r#""title":"Signs","isForced":true}],"#,
        r#""chapters":[{"startSeconds":0.0,"endSeconds":61.5,"title":"Opening"}]}"#,
    );
    assert_eq!(packed(&samples::facts()).as_str(), text);
}

#[test]
fn each_fact_has_the_name_of_its_field() {
    let facts = samples::facts();
    for field in crate::domain::VideoField::OF_FILE {
        let fact = facts.get(field.name()).unwrap();
        assert_eq!(FileFact::new(field.name(), fact.as_json().clone()), Ok(fact));
    }
    assert_eq!(FileFacts::default().get("rotation"), None);
}

#[track_caller]
fn refused(name: &str, value: Value) {
    let text = json!({ name: value }).to_string();
    assert!(FileFact::new(name, value).is_err(), "{text}");
    assert!(PackedFacts::stored(&text).read().is_err(), "{text}");
}

#[test]
fn what_no_file_has_is_refused() {
    refused("missingSince", json!("yesterday"));
    refused("fingerprint", json!("9f0c"));
    refused("container", json!(""));
    refused("bitRate", json!(-1));
    refused("rotation", json!(45));
    refused("pixelAspectRatio", json!({"numerator": 0, "denominator": 1}));
    refused("hasVariableFrameRate", json!(1));
    refused("size", json!(1));
    let stream = |more: Value| {
        let mut stream = json!({"index": 0, "kind": "AUDIO", "codec": "aac"});
        stream.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        stream
    };
    assert!(FileFact::new("streams", json!([stream(json!({}))])).is_ok());
    refused("streams", json!([stream(json!({"codec": ""}))]));
    refused("streams", json!([stream(json!({"kind": "DATA"}))]));
    refused("streams", json!([stream(json!({"channels": 0}))]));
    refused("streams", json!([stream(json!({"title": "x".repeat(513)}))]));
    refused("streams", json!(vec![stream(json!({})); 65]));
    let chapter = |start: f64, end: f64| json!({"startSeconds": start, "endSeconds": end});
    assert!(FileFact::new("chapters", json!([chapter(1.0, 1.0)])).is_ok());
    refused("chapters", json!([chapter(1.0, 0.5)]));
    refused("chapters", json!([chapter(-1.0, 0.5)]));
    refused("chapters", json!([chapter(0.0, 1e10)]));
    refused("chapters", json!(vec![chapter(0.0, 1.0); 501]));
}

#[test]
fn an_empty_list_is_no_fact() {
    assert!(FileFact::new("streams", json!([])).is_err());
}

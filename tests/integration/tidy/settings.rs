//! The documentation of the settings is what the code makes of them, and their names follow one
//! from the other.

use std::fs;
use std::path::Path;

use reelgraph::command::{settings, settings_reference};

#[test]
fn the_committed_settings_are_those_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md");
    assert!(
        settings_reference() == fs::read_to_string(path).unwrap_or_default(),
        "docs/settings.md is out of date: write it anew with \
         `cargo run -- config --reference > docs/settings.md`"
    );
}

#[test]
fn a_variable_is_named_as_its_flag() {
    let settings = settings();
    assert!(settings.len() > 10);
    for setting in settings {
        let name = setting.key().to_uppercase().replace('-', "_");
        assert_eq!(setting.variable(), format!("REELGRAPH_{name}"));
    }
}

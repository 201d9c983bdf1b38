//! The settings file: TOML whose keys are the flags without their dashes.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use toml::de::{DeTable, DeValue};

use super::Setting;
use super::declaration::Declaration as _;
use super::setting::nearest;

/// The settings file, next to flags and the environment.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Settings file")]
pub struct FileSettings {
    /// TOML file with settings, e.g. `max-body-bytes = 65536`: keys are flags without their dashes;
    /// flags and environment variables take precedence
    #[arg(long, setting(), global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The entry for one setting in a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of the setting.
    pub key: String,
    /// Its value, or several if it is a list, as they would be written after the flag.
    pub values: Vec<String>,
    /// The line of the file that it is in, from 1.
    pub line: usize,
}

/// Reads a settings file and verifies every value, whichever command it is for.
///
/// # Errors
/// All that is wrong with the file, a line for each, in words for the operator.
pub(super) fn read(path: &Path, settings: &[Setting]) -> Result<Vec<Entry>, String> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| format!("could not read the settings file {shown}: {error}"))?;
    let entries = entries(&text, settings).map_err(|faults| {
        let told = faults.iter().map(|(line, fault)| format!("\n{shown}:{line}: {fault}"));
        format!("the settings file has errors{}", told.collect::<String>())
    })?;
    Ok(entries)
}

/// The line number, and what is wrong there.
type Fault = (usize, String);

fn entries(text: &str, settings: &[Setting]) -> Result<Vec<Entry>, Vec<Fault>> {
    let line_of = |byte: usize| 1 + text.as_bytes()[..byte].iter().filter(|b| **b == b'\n').count();
    let table = DeTable::parse(text).map_err(|error| {
        let line = line_of(error.span().map_or(0, |span| span.start));
        vec![(line, error.message().to_owned())]
    })?;
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line_of(key.span().start);
        let key = key.get_ref().as_ref();
        match values(key, value.get_ref(), settings) {
            Ok(values) => entries.push(Entry { key: key.to_owned(), values, line }),
            Err(fault) => faults.push((line, format!("{key}: {fault}"))),
        }
    }
    // The table is ordered by key, and people read by line.
    faults.sort();
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

fn values(key: &str, value: &DeValue<'_>, settings: &[Setting]) -> Result<Vec<String>, String> {
    let Some(setting) = settings.iter().find(|setting| setting.key() == key) else {
        return Err(unknown(key, value, settings));
    };
    let values = match value {
        DeValue::Array(values) if setting.is_list() => {
            values.iter().map(|value| scalar(value.get_ref())).collect::<Result<Vec<_>, _>>()?
        }
        DeValue::Array(_) => return Err("this setting has one value, not a list".to_owned()),
        DeValue::Boolean(_) => vec![scalar(value)?],
        _ if setting.is_switch() => return Err("write true or false".to_owned()),
        value => vec![scalar(value)?],
    };
    if values.is_empty() && !setting.defaults().is_empty() {
        return Err("the list is empty: omit the setting to use its default".to_owned());
    }
    let shown = |value: &String| match setting.is_secret() {
        true => "the value is not allowed".to_owned(),
        false => format!("{value:?} is not allowed"),
    };
    // Only variables may be empty and count as unset: templates make such. Who writes a key means it.
    if values.iter().any(String::is_empty) {
        return Err("the value is empty: omit the setting instead".to_owned());
    }
    for value in &values {
        setting.verify(value).map_err(|reason| format!("{}: {reason}", shown(value)))?;
    }
    Ok(values)
}

/// A value as it would be written after the flag.
fn scalar(value: &DeValue<'_>) -> Result<String, String> {
    Ok(match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(is_true) => is_true.to_string(),
        DeValue::Datetime(_) => {
            return Err("no setting is a date or time: write it in \
                                            quotes"
                .to_owned());
        }
        DeValue::Array(_) => return Err("lists cannot be nested".to_owned()),
        DeValue::Table(_) => return Err("a setting cannot contain other settings".to_owned()),
    })
}

fn unknown(key: &str, value: &DeValue<'_>, settings: &[Setting]) -> String {
    if matches!(value, DeValue::Table(_)) {
        return "tables are not supported: write all settings at the top level".to_owned();
    }
    let written = key.trim_start_matches('-').to_lowercase().replace('_', "-");
    match nearest(&written, settings.iter().map(Setting::key)) {
        Some(likely) => format!("unknown setting; did you mean {likely}?"),
        None => "unknown setting; `reelgraph config` lists all settings".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::*;
    use crate::config::ServeSettings;

    /// Something that a settings file of `serve` is read with.
    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        _serve: ServeSettings,
    }

    fn settings() -> Vec<Setting> {
        let command: Command = Line::command();
        Setting::all(&command)
    }

    #[track_caller]
    fn refused(text: &str, faults: &[&str]) {
        let found = entries(text, &settings()).unwrap_err();
        let found: Vec<String> =
            found.into_iter().map(|(line, fault)| format!("{line}: {fault}")).collect();
        assert_eq!(found, faults, "{text}");
    }

    #[test]
    fn values_are_read_as_if_they_stood_after_the_flag() {
        let text = "# Ours\nlisten = \"[::1]:80\"\n\nmax-body-bytes = 65_536\nsample = true\n\
                    allowed-origins = [\n  \"https://a.example\",\n  \"https://b.example\",\n]\n";
        let entry = |key: &str, values: &[&str], line| Entry {
            key: key.to_owned(),
            values: values.iter().map(ToString::to_string).collect(),
            line,
        };
        let mut entries = entries(text, &settings()).unwrap();
        entries.sort_by_key(|entry| entry.line);
        assert_eq!(
            entries,
            [
                entry("listen", &["[::1]:80"], 2),
                entry("max-body-bytes", &["65536"], 4),
                entry("sample", &["true"], 5),
                entry("allowed-origins", &["https://a.example", "https://b.example"], 6),
            ]
        );
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_line() {
        refused(
            "max-body-bytes = 1\nsample = \"perhaps\"\nmax_body_bytes = 2\ncolour = \"red\"\n\
             listen = [\"a\"]\nstop-seconds = 1.5\n[limits]\n",
            &[
                "1: max-body-bytes: \"1\" is not allowed: 1 is not in 1024..=104857600",
                "2: sample: write true or false",
                "3: max_body_bytes: unknown setting; did you mean max-body-bytes?",
                "4: colour: unknown setting; `reelgraph config` lists all settings",
                "5: listen: this setting has one value, not a list",
                "6: stop-seconds: \"1.5\" is not allowed: invalid digit found in string",
                "7: limits: tables are not supported: write all settings at the top level",
            ],
        );
        let empty = "the value is empty: omit the setting instead";
        for key in ["jwt-issuer = ", "jwt-audience = ", "listen = ", "documents = "] {
            let fault = format!("1: {}: {empty}", key.trim_end_matches(" = "));
            refused(&format!("{key}\"\""), &[&fault]);
        }
        refused("max-body = 1", &["1: max-body: unknown setting; did you mean max-body-bytes?"]);
        refused("listen = \n", &["1: string values must be quoted, expected literal string"]);
        refused("sample = true\n\nsample = true", &["3: duplicate key"]);
    }
}

//! `reelgraph config`: prints the settings in force, and where each value comes from.

use std::fmt::Write;

use clap::CommandFactory;

use super::output::print;
use super::{CommandLine, Failure};
use crate::config::{ConfigSettings, InForce, Setting, Source, reference};

pub(super) fn run(settings: &ConfigSettings, in_force: &[InForce]) -> Result<(), Failure> {
    let text = if settings.reference { settings_reference() } else { as_file(in_force) };
    print(text)
}

/// Every setting of the program.
pub fn settings() -> Vec<Setting> {
    Setting::all(&CommandLine::command())
}

/// The documentation of every setting, in Markdown: `docs/settings.md`.
pub fn settings_reference() -> String {
    reference(&settings())
}

/// The settings as a file of settings. What has its default is a comment, so that the file says no
/// more than what was set; so is a secret.
fn as_file(in_force: &[InForce]) -> String {
    let mut text = String::new();
    for (heading, section) in Setting::by_heading(in_force, |one| &one.setting) {
        let gap = if text.is_empty() { "" } else { "\n" };
        writeln!(text, "{gap}# {heading}").expect("text can be written");
        for one in section {
            writeln!(text, "{:<44} # {}", assignment(one), source(one))
                .expect("text can be written");
        }
    }
    text
}

fn assignment(one: &InForce) -> String {
    let key = one.setting.key();
    if one.setting.is_secret() && !one.values.is_empty() {
        return format!("# {key} = (hidden)");
    }
    let values: Vec<String> = one.values.iter().map(|value| as_toml(&masked(value))).collect();
    let value = match values.as_slice() {
        [value] if !one.setting.is_list() => value.clone(),
        [] if !one.setting.is_list() => return format!("# {key} ="),
        values => format!("[{}]", values.join(", ")),
    };
    match one.source {
        Source::Default => format!("# {key} = {value}"),
        _ => format!("{key} = {value}"),
    }
}

fn source(one: &InForce) -> String {
    match &one.source {
        Source::Flag => format!("--{}", one.setting.key()),
        Source::Variable(name) => name.clone(),
        Source::File { path, line } => format!("{}:{line}", path.display()),
        Source::Default if one.values.is_empty() => "not set".to_owned(),
        Source::Default => "default".to_owned(),
    }
}

/// Without the name and the password that an address may have before its host.
fn masked(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else { return value.to_owned() };
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(end) => format!("{scheme}://(hidden){}", &rest[end..]),
        None => value.to_owned(),
    }
}

/// A number or a switch as it is, everything else in quotes.
fn as_toml(value: &str) -> String {
    let is_number = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    match value {
        "true" | "false" => value.to_owned(),
        _ if is_number => value.to_owned(),
        // The escapes of JSON are among those of TOML.
        _ => serde_json::Value::from(value).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use clap::ArgAction;

    use super::*;

    #[test]
    fn the_name_and_password_in_an_address_are_hidden() {
        assert_eq!(masked("http://me:secret@host/a@b"), "http://(hidden)@host/a@b");
        assert_eq!(masked("http://host/a@b"), "http://host/a@b");
        assert_eq!(masked("sqlite:/a@b"), "sqlite:/a@b");
    }

    #[test]
    fn a_secret_is_hidden() {
        let argument = clap::Arg::new("a").long("shared-secret").env("A").action(ArgAction::Set);
        let setting = Setting::all(&clap::Command::new("").arg(argument)).remove(0);
        let values = vec!["hunter2".to_owned()];
        let one = InForce { setting, values, source: Source::Flag };
        let told = "# shared-secret = (hidden)                   # --shared-secret\n";
        assert_eq!(as_file(&[one]), format!("# General\n{told}"));
    }

    #[test]
    fn values_are_written_as_toml_reads_them() {
        assert_eq!(as_toml("65536"), "65536");
        assert_eq!(as_toml("007"), "\"007\"");
        assert_eq!(as_toml("true"), "true");
        assert_eq!(as_toml("C:\\new \"x\""), r#""C:\\new \"x\"""#);
    }
}

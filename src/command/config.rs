//! `reelgraph config`: prints the effective settings and where each value comes from, and checks
//! the files, folders and addresses that they name.

use std::fmt::Write;

use super::output::print;
use super::{Failure, named, unused};
use crate::config::{ConfigSettings, InForce, Setting, Source};

/// Prints the documentation of all settings.
pub(super) fn print_reference(text: &str) -> Result<(), Failure> {
    print(text)
}

pub(super) fn run(settings: &ConfigSettings, in_force: &[InForce]) -> Result<(), Failure> {
    // First, so that whoever has to mend something sees where each value comes from.
    print(as_file(in_force))?;
    let mut faults = named::faults(&settings.serve);
    let library = (!settings.serve.sample).then_some(&settings.serve.database.database_url);
    faults.extend(unused::expect_none(in_force, library).err().map(|fault| fault.to_string()));
    if faults.is_empty() {
        return Ok(());
    }
    Err(format!("the server cannot start with these settings\n{}", faults.join("\n")).into())
}

/// The settings as a settings file that yields the same settings when it is read. Defaults and
/// secrets are comments.
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
    let comment = |value: &str| format!("# {key} = {value}").trim_end().to_owned();
    if one.setting.is_secret() && !one.values.is_empty() {
        return comment("(hidden)");
    }
    let texts: Option<Vec<&str>> = one.values.iter().map(|value| value.to_str()).collect();
    let Some(texts) = texts else { return comment("(not UTF-8; cannot be written in the file)") };
    let masked: Vec<String> = texts.iter().map(|text| masked(text)).collect();
    let values: Vec<String> = masked.iter().map(|text| as_toml(text)).collect();
    let value = match values.as_slice() {
        [value] if !one.setting.is_list() => value.clone(),
        [] if !one.setting.is_list() => return comment(""),
        values => format!("[{}]", values.join(", ")),
    };
    match one.source {
        Source::Default => comment(&value),
        _ if masked != texts => comment(&value),
        _ => format!("{key} = {value}"),
    }
}

fn source(one: &InForce) -> String {
    match &one.source {
        Source::Flag => format!("--{}", one.setting.key()),
        Source::Variable(name) => name.clone(),
        // A line break in the name would end the comment.
        Source::File { path, line } => {
            format!("{}:{line}", path.display()).replace(char::is_control, "\u{fffd}")
        }
        Source::Default if one.values.is_empty() => "not set".to_owned(),
        Source::Default => "default".to_owned(),
    }
}

/// Removes the user name and password that a URL can have before its host. After `sqlite://`, there
/// is a file path.
fn masked(value: &str) -> String {
    let address = value.split_once("://").filter(|(scheme, _)| *scheme != "sqlite");
    let Some((scheme, rest)) = address else { return value.to_owned() };
    if !["http", "https"].contains(&scheme) {
        return masked_database(value, scheme, rest);
    }
    let host_end = rest.find('/').unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(end) => format!("{scheme}://(hidden){}", &rest[end..]),
        None => value.to_owned(),
    }
}

/// The same for the URL of a database, in which a user alone is no secret. Mistakes in it must not
/// reveal a password either: there may be a slash in it, or it may be a parameter.
fn masked_database(value: &str, scheme: &str, rest: &str) -> String {
    match rest.rfind('@') {
        _ if rest.contains("password=") => format!("{scheme}://(hidden)"),
        Some(end) if rest[..end].contains(':') => format!("{scheme}://(hidden){}", &rest[end..]),
        _ => value.to_owned(),
    }
}

/// A number or a switch as it is, everything else in quotes.
fn as_toml(value: &str) -> String {
    let is_number = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    match value {
        "true" | "false" => value.to_owned(),
        _ if is_number => value.to_owned(),
        // The escapes of JSON are among those of TOML, which has one character more to escape.
        _ => serde_json::Value::from(value).to_string().replace('\u{7f}', "\\u007f"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::ArgAction;

    use super::*;

    /// The line for a setting with this value.
    fn line_of(name: &'static str, value: impl Into<OsString>, source: Source) -> String {
        let argument = clap::Arg::new("a").long(name).env("A").action(ArgAction::Set);
        let setting = Setting::all(&clap::Command::new("").arg(argument)).remove(0);
        let text = as_file(&[InForce { setting, values: vec![value.into()], source }]);
        text.strip_prefix("# General\n").unwrap().to_owned()
    }

    #[test]
    fn the_name_and_password_in_an_address_are_hidden() {
        assert_eq!(masked("http://me:secret@host/a@b"), "http://(hidden)@host/a@b");
        assert_eq!(masked("http://host/a@b"), "http://host/a@b");
        for shown in ["sqlite:/a@b", "sqlite://a@b/c.db", "postgres://me@host/db?sslmode=require"] {
            assert_eq!(masked(shown), shown);
        }
        assert_eq!(masked("postgres://me:se/cret@host/db"), "postgres://(hidden)@host/db");
        assert_eq!(masked("postgres://host/db?password=secret"), "postgres://(hidden)");
    }

    #[test]
    fn a_secret_is_hidden() {
        let line = line_of("shared-secret", "hunter2", Source::Flag);
        assert_eq!(line, "# shared-secret = (hidden)                   # --shared-secret\n");
        let line = line_of("issuer", "https://me:hunter2@id.example", Source::Flag);
        assert_eq!(line, "# issuer = \"https://(hidden)@id.example\"     # --issuer\n");
    }

    #[test]
    fn what_a_file_cannot_have_is_a_comment() {
        let path = "a\nlisten = 1".into();
        let line = line_of("issuer", "x", Source::File { path, line: 1 });
        assert_eq!(line.lines().count(), 1, "{line}");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let name = std::ffi::OsStr::from_bytes(b"/\xff");
            let line = line_of("issuer", name, Source::Flag);
            assert!(line.starts_with("# issuer = (not UTF-8"), "{line}");
        }
    }

    #[test]
    fn values_are_written_as_toml_reads_them() {
        assert_eq!(as_toml("65536"), "65536");
        assert_eq!(as_toml("007"), "\"007\"");
        assert_eq!(as_toml("true"), "true");
        assert_eq!(as_toml("a\u{7f}\n"), r#""a\u007f\n""#);
        assert_eq!(as_toml("C:\\new \"x\""), r#""C:\\new \"x\"""#);
    }
}

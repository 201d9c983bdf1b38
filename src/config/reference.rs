//! The documentation of all settings, which is made from the settings themselves.

use std::fmt::Write;

use super::Setting;

const INTRODUCTION: &str = "\
# Settings

Each setting can be given as a flag, as an environment variable or in a settings file, in this
order of precedence. An invalid value prevents the start; the message names the setting, the
allowed values and, for the settings file, the line. An empty variable counts as unset; a flag or
a key of the file must have a value. A variable that starts with `REELGRAPH_` but is not a setting
is reported at the start, with the most similar name.

The settings file is TOML; `--config FILE` or `REELGRAPH_CONFIG` names it. Its keys are the flags
without their dashes, for all commands alike and without tables. Switches are `true` or `false`,
settings with several values are lists, and paths are relative to the working directory:

```toml
database-url = \"sqlite:/var/lib/reelgraph/library.db\"
listen = \"127.0.0.1:8080\"
max-body-bytes = 65536
allowed-origins = [\"https://films.example\", \"https://staging.films.example\"]
```

`reelgraph config` prints the effective settings for the same flags, variables and file, and where
each value comes from. Its output is a settings file in which defaults are commented out and
secrets are omitted. It then checks the files, folders and addresses that the settings name, and
exits with 1 if the server could not start with them. It can run while the server is running.
";

/// The documentation of these settings, in Markdown.
pub fn reference(settings: &[Setting]) -> String {
    let mut text = INTRODUCTION.to_owned();
    for (heading, section) in Setting::by_heading(settings, |setting| setting) {
        text.push_str(&table(heading, &section));
    }
    text
}

fn table(heading: &str, settings: &[&Setting]) -> String {
    let mut text = format!(
        "\n## {heading}\n\n| In the file | Flag and variable | Default | What it sets \
         |\n|---|---|---|---|\n"
    );
    for setting in settings {
        let key = setting.key();
        let value_name = setting.value_name().map(|name| format!(" {name}")).unwrap_or_default();
        writeln!(
            text,
            "| `{key}` | `--{key}{value_name}`<br>`{}` | {} | {}{} |",
            setting.variable(),
            default(setting),
            setting.help().replace('|', "\\|"),
            commands(setting),
        )
        .expect("text can be written");
    }
    text
}

fn default(setting: &Setting) -> String {
    match setting.defaults() {
        _ if setting.is_switch() => "`false`".to_owned(),
        defaults if defaults.is_empty() => "none".to_owned(),
        defaults => format!("`{}`", defaults.join(",")),
    }
}

/// The commands that have the setting, unless `serve` is one of them.
fn commands(setting: &Setting) -> String {
    match setting.commands.as_slice() {
        commands if commands.is_empty() || commands.iter().any(|name| name == "serve") => {
            String::new()
        }
        commands => {
            let commands: Vec<String> = commands.iter().map(|name| format!("`{name}`")).collect();
            format!(" (for {})", commands.join(", "))
        }
    }
}

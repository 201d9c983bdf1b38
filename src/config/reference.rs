//! The documentation of all settings, which is made from the settings themselves.

use std::fmt::Write;

use super::Setting;

const INTRODUCTION: &str = "\
# Settings

Each setting can be given by a flag, by an environment variable, or in a settings file; where more
than one says something, the first of these counts. A value that is not allowed stops the start: the
setting is named with what is allowed, and where it is in the file, its line as well. A variable that is
empty counts as unset; a flag or a key of the file must have a value. A variable that begins with
`REELGRAPH_` and is no setting is reported at the start, with the name that was probably meant.

The settings file is TOML, and its name is given with `--config FILE` or `REELGRAPH_CONFIG`. Its keys
are the flags without their dashes, one below the other without tables, whichever command they are
for. A switch is `true` or `false`, what may have several values is a list, and a path is as seen from
where the program is started:

```toml
database-url = \"sqlite:/var/lib/reelgraph/library.db\"
listen = \"127.0.0.1:8080\"
max-body-bytes = 65536
allowed-origins = [\"https://films.example\", \"https://staging.films.example\"]
```

`reelgraph config` shows what is in force with the same flags, variables and file, and where each
value comes from. It prints a settings file in which all that has its default is a comment, and
secrets are left out. Then it checks the files, folders and addresses that the settings name, and ends
with code 1 where the server could not start with them. It can be run beside the server.
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
        "\n## {heading}\n\n| In the file | Flag and variable | Default | What it sets |\n|---|---|---|---|\n"
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

/// Which commands have the setting, where `serve` is none of them.
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

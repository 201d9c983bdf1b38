//! The settings, as declared by the commands themselves: nothing is listed twice.

use clap::builder::{PossibleValue, Resettable, Str};
use clap::{Arg, ArgAction, Command, Id};

/// The last words of names whose values must not be shown.
const SECRET_WORDS: &[&str] = &["headers", "password", "secret", "token"];

/// The flag that names the settings file.
pub(super) const FILE: &str = "config";

/// The minimum similarity (1 for equal) for suggesting a name.
const SIMILAR: f64 = 0.75;

/// A setting: a flag with an environment variable.
#[derive(Clone, Debug)]
pub struct Setting {
    argument: Arg,
    /// The commands that have it, e.g. `key create`; empty where all have it.
    pub commands: Vec<String>,
}

impl Setting {
    /// The settings of this command and those below it, each once, in the order of their help.
    pub fn all(command: &Command) -> Vec<Self> {
        let mut settings = Vec::new();
        collect(command, "", &mut settings);
        settings
    }

    /// The settings of this command, without subcommands.
    pub fn own(command: &Command) -> Vec<Self> {
        let arguments = command.get_arguments().filter(|argument| is_setting(argument));
        arguments
            .map(|argument| Self { argument: argument.clone(), commands: Vec::new() })
            .collect()
    }

    /// These settings, or what belongs to them, grouped by heading.
    pub fn by_heading<'s, T>(
        all: &'s [T],
        setting: impl Fn(&'s T) -> &'s Self,
    ) -> Vec<(&'s str, Vec<&'s T>)> {
        let mut sections: Vec<(&str, Vec<&T>)> = Vec::new();
        for one in all {
            let heading = setting(one).heading();
            match sections.iter_mut().find(|(known, _)| *known == heading) {
                Some((_, section)) => section.push(one),
                None => sections.push((heading, vec![one])),
            }
        }
        sections
    }

    /// Its name in the settings file, which is the flag without its dashes.
    pub fn key(&self) -> &str {
        self.argument.get_long().expect("a setting has a flag")
    }

    /// The name by which clap knows it.
    pub fn id(&self) -> &Id {
        self.argument.get_id()
    }

    /// The environment variable of the flag.
    pub fn variable(&self) -> String {
        let name = self.argument.get_env().expect("a setting has a variable");
        name.to_string_lossy().into_owned()
    }

    /// The placeholder for its value in the help; none for a switch.
    pub fn value_name(&self) -> Option<&str> {
        let names = self.argument.get_value_names().filter(|_| !self.is_switch());
        names.and_then(|names| names.first()).map(Str::as_str)
    }

    /// Its default values.
    pub fn defaults(&self) -> Vec<String> {
        let defaults = self.argument.get_default_values().iter();
        defaults.map(|value| value.to_string_lossy().into_owned()).collect()
    }

    /// Its help, with unit and range.
    pub fn help(&self) -> String {
        self.argument.get_help().map(ToString::to_string).unwrap_or_default()
    }

    /// Under which heading it belongs.
    pub fn heading(&self) -> &str {
        self.argument.get_help_heading().unwrap_or("General")
    }

    /// Whether its flag takes no value.
    pub fn is_switch(&self) -> bool {
        matches!(self.argument.get_action(), ArgAction::SetTrue)
    }

    /// Whether it can have several values.
    pub fn is_list(&self) -> bool {
        matches!(self.argument.get_action(), ArgAction::Append)
    }

    /// Whether its value must not be shown.
    pub fn is_secret(&self) -> bool {
        let last = self.key().rsplit('-').next();
        last.is_some_and(|word| SECRET_WORDS.contains(&word))
    }

    /// Its flag without relations to other flags, so that any command can have it.
    pub fn argument(&self) -> Arg {
        let argument = self.argument.clone().global(false).required(false);
        argument
            .requires(Resettable::Reset)
            .conflicts_with(Resettable::Reset)
            .overrides_with(Resettable::Reset)
    }

    /// Verifies that a text is a valid value.
    ///
    /// # Errors
    /// The allowed values.
    pub fn verify(&self, value: &str) -> Result<(), String> {
        // A switch takes no text on the command line, but its key in the file has one.
        let action = if self.is_list() { ArgAction::Append } else { ArgAction::Set };
        let command = Command::new("").arg(self.argument().action(action).num_args(1));
        let line = ["".to_owned(), format!("--{}={value}", self.key())];
        let Err(error) = command.try_get_matches_from(line) else { return Ok(()) };
        let reason = std::error::Error::source(&error).map(ToString::to_string);
        Err(reason.unwrap_or_else(|| match self.possible_values() {
            values if values.is_empty() => "it must not be empty".to_owned(),
            values => format!("write {}", values.join(", ")),
        }))
    }

    /// All possible values, if they are few.
    fn possible_values(&self) -> Vec<String> {
        let values = self.argument.get_possible_values();
        values.iter().map(PossibleValue::get_name).map(str::to_owned).collect()
    }
}

/// The most similar name; none if none is similar.
pub(super) fn nearest<'n>(
    written: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let similar = names.into_iter().map(|name| (strsim::jaro(written, name), name));
    let similar = similar.filter(|(similarity, _)| *similarity >= SIMILAR);
    let best = similar.max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, name)| name)
}

/// Whether it is a setting; the path of the settings file cannot be in that file.
fn is_setting(argument: &Arg) -> bool {
    argument.get_env().is_some() && argument.get_long().is_some() && argument.get_id() != FILE
}

fn collect(command: &Command, path: &str, settings: &mut Vec<Setting>) {
    for setting in Setting::own(command) {
        // The program itself has the settings of its first command as well.
        let in_command = (!path.is_empty()).then(|| path.to_owned());
        match settings.iter_mut().find(|known| known.id() == setting.id()) {
            Some(known) => known.commands.extend(in_command),
            None => {
                let commands = in_command.into_iter().collect();
                settings.push(Setting { commands, ..setting });
            }
        }
    }
    for below in command.get_subcommands() {
        let path = format!("{path} {}", below.get_name());
        collect(below, path.trim_start(), settings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_with_a_variable_is_a_setting_and_its_last_word_tells_a_secret() {
        let flag =
            |name: &'static str, variable: &'static str| Arg::new(name).long(name).env(variable);
        let below = Command::new("make").arg(flag("secret-file", "D")).arg(flag("shared", "A"));
        let command = Command::new("program")
            .arg(flag("shared", "A"))
            .arg(flag("shared-secret", "B"))
            .arg(flag("api-token", "C"))
            .arg(Arg::new("force").long("force"))
            .subcommand(Command::new("key").subcommand(below));
        let settings = Setting::all(&command);
        let found = settings.iter().map(|one| (one.key(), one.is_secret(), &one.commands[..]));
        let in_make = ["key make".to_owned()];
        assert_eq!(
            found.collect::<Vec<_>>(),
            [
                ("shared", false, &in_make[..]),
                ("shared-secret", true, &[]),
                ("api-token", true, &[]),
                ("secret-file", false, &in_make),
            ]
        );
    }
}

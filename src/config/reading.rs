//! Reading the settings: the command line takes precedence over the environment, that over the
//! settings file, and that over the defaults.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::error::{Error, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::environment::{UnknownVariable, is_set, unknown_variables, without_empty_variables};
use super::file::{self, Entry};
use super::setting::{FILE, Setting};

/// A command line that was read together with the settings file that it names.
pub struct Reading {
    /// clap's result; values from the file are included as if they were on the command line.
    pub matches: ArgMatches,
    /// Every setting of the command, in the order of its help.
    pub in_force: Vec<InForce>,
    /// Variables that are named like settings but are not settings.
    pub unknown: Vec<UnknownVariable>,
}

/// A setting and the values that it has.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The setting.
    pub setting: Setting,
    /// Its values as text: one, several if it is a list, none if it is not set.
    pub values: Vec<OsString>,
    /// The source of the values.
    pub source: Source,
}

/// The source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// From the command line.
    Flag,
    /// From this environment variable.
    Variable(String),
    /// From the settings file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The program's default, if any.
    Default,
}

impl Source {
    fn of_file(path: &Path, entry: &Entry) -> Self {
        Self::File { path: path.to_owned(), line: entry.line }
    }
}

/// Reads a command line, the environment, and the settings file that either of them names.
///
/// The values of the file are appended to the command's arguments, so that clap treats them like
/// any others. Values that are overridden by an argument or a variable are omitted. An empty
/// variable counts as unset.
///
/// # Errors
/// An error in an argument, a variable or the file, as clap reports it. Help is one as well.
pub fn read(mut command: Command, mut arguments: Vec<OsString>) -> Result<Reading, Error> {
    let settings = Setting::all(&command);
    let mut effective = without_empty_variables(command.clone());
    command.build();
    effective.build();
    // An argument that is wrong is reported below, where nothing is ignored.
    let mut forgiving = effective.clone().ignore_errors(true);
    let first = forgiving.try_get_matches_from_mut(&arguments);
    let first = first.map_err(|error| with_all_variables(error, &command, &arguments))?;
    let path = first.get_one::<PathBuf>(FILE).cloned();
    let entries = match &path {
        Some(path) => file::read(path, &settings)
            .map_err(|fault| Error::raw(ErrorKind::ValueValidation, format!("{fault}\n")))?,
        None => Vec::new(),
    };
    let own = Setting::own(deepest(&command, &first));
    let given = deepest_matches(&first);
    let from_file = |setting: &Setting| {
        let entry = entries.iter().find(|entry| entry.key == setting.key());
        entry.filter(|_| !is_given(setting, given))
    };
    // What follows -- is no flag.
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let added = own.iter().filter_map(|setting| Some(as_arguments(setting, from_file(setting)?)));
    let added: Vec<OsString> = added.flatten().map(OsString::from).collect();
    arguments.splice(end..end, added);
    let matches = effective.try_get_matches_from(&arguments);
    let matches = matches.map_err(|error| with_all_variables(error, &command, &arguments))?;

    let in_force = own.iter().map(|setting| {
        let source = from_file(setting).zip(path.as_deref());
        let source = source.map(|(entry, path)| Source::of_file(path, entry));
        in_force(setting, deepest_matches(&matches), source)
    });
    let in_force = in_force.collect();
    Ok(Reading { matches, in_force, unknown: unknown_variables(&settings) })
}

/// The same error; if it is help, with the empty variables.
fn with_all_variables(error: Error, command: &Command, arguments: &[OsString]) -> Error {
    match error.kind() {
        ErrorKind::DisplayHelp => {
            command.clone().try_get_matches_from(arguments).err().unwrap_or(error)
        }
        _ => error,
    }
}

/// The command that these arguments lead to.
fn deepest<'c>(command: &'c Command, matches: &ArgMatches) -> &'c Command {
    match matches.subcommand() {
        Some((name, below)) => {
            let found = command.find_subcommand(name).expect("what was matched is a command");
            deepest(found, below)
        }
        None => command,
    }
}

fn deepest_matches(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, below)| deepest_matches(below))
}

/// Whether a flag or a variable sets it. A variable with an invalid value counts: it is reported.
fn is_given(setting: &Setting, matches: &ArgMatches) -> bool {
    matches.value_source(setting.id().as_str()) == Some(ValueSource::CommandLine)
        || is_set(&setting.variable())
}

fn as_arguments(setting: &Setting, entry: &Entry) -> Vec<String> {
    let key = &entry.key;
    match setting.is_switch() {
        true if entry.values == ["true"] => vec![format!("--{key}")],
        true => Vec::new(),
        false => entry.values.iter().map(|value| format!("--{key}={value}")).collect(),
    }
}

/// A setting with its values, from this source or the one that clap reports.
fn in_force(setting: &Setting, matches: &ArgMatches, source: Option<Source>) -> InForce {
    let id = setting.id().as_str();
    let of_clap = || match matches.value_source(id) {
        Some(ValueSource::CommandLine) => Source::Flag,
        Some(ValueSource::EnvVariable) => Source::Variable(setting.variable()),
        _ => Source::Default,
    };
    let values = matches.get_raw(id).into_iter().flatten();
    InForce {
        setting: setting.clone(),
        values: values.map(OsStr::to_owned).collect(),
        source: source.unwrap_or_else(of_clap),
    }
}

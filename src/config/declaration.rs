//! How a setting is declared: a flag with its help, its default and its range, from which its variable
//! and the rest of its help follow.

use std::error::Error;
use std::num::ParseIntError;
use std::ops::RangeInclusive;
use std::time::Duration;

use clap::builder::{BoolishValueParser, RangedU64ValueParser, Resettable, TypedValueParser};
use clap::{Arg, ArgAction, Args, Command};

/// The prefix of all variables.
pub(super) const PREFIX: &str = "REELGRAPH_";

/// The variable that stands beside a flag.
pub(super) fn variable_of(flag: &str) -> String {
    format!("{PREFIX}{}", flag.to_uppercase().replace('-', "_"))
}

/// What declarations say in attributes: `#[arg(long, setting(), within = 1..=10_usize)]`.
pub(super) trait Declaration {
    /// Makes a flag a setting, with a variable that is named after it. It comes after `long`.
    fn setting(self) -> Self;

    /// Allows the whole numbers in this range, and says so in the help.
    fn within<T>(self, range: RangeInclusive<T>) -> Self
    where
        T: TryFrom<u64, Error: Error + Send + Sync> + TryInto<u64> + Copy + Send + Sync + 'static;

    /// Allows this range of whole seconds, and says so in the help. clap also requires a
    /// `value_parser`, because it has none for durations: [`any_seconds`].
    fn seconds(self, range: RangeInclusive<u64>) -> Self;
}

impl Declaration for Arg {
    fn setting(self) -> Self {
        let variable = variable_of(self.get_long().expect("a setting has a flag"));
        let setting = self.env(variable).hide_env_values(true);
        match setting.get_action() {
            ArgAction::SetTrue => setting.value_parser(BoolishValueParser::new()),
            _ => setting,
        }
    }

    fn within<T>(self, range: RangeInclusive<T>) -> Self
    where
        T: TryFrom<u64, Error: Error + Send + Sync> + TryInto<u64> + Copy + Send + Sync + 'static,
    {
        let end = |end: T| end.try_into().ok().expect("a range has no negative numbers");
        let range = end(*range.start())..=end(*range.end());
        let parser = RangedU64ValueParser::<T>::new().range(range.clone());
        with_range(self, &range).value_parser(parser)
    }

    fn seconds(self, range: RangeInclusive<u64>) -> Self {
        let parser = RangedU64ValueParser::<u64>::new().range(range.clone());
        with_range(self, &range).value_name("SECONDS").value_parser(parser.map(Duration::from_secs))
    }
}

/// Reads whole seconds.
pub(super) fn any_seconds(text: &str) -> Result<Duration, ParseIntError> {
    text.parse().map(Duration::from_secs)
}

fn with_range(argument: Arg, range: &RangeInclusive<u64>) -> Arg {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    argument.help(format!("{help} ({} to {})", range.start(), range.end()))
}

/// What the settings of a group are where nobody sets any.
pub(super) fn defaults<Group: Args>() -> Group {
    let command = Group::augment_args(Command::new("defaults"));
    let command = command.mut_args(|argument| argument.env(Resettable::Reset));
    let matches = command.try_get_matches_from([""]).expect("every default is allowed");
    Group::from_arg_matches(&matches).expect("every setting is there")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(value: &str) -> Result<u32, String> {
        let argument = Arg::new("count").long("count").help("How many").within(1..=10_u32);
        let command = Command::new("").arg(argument);
        let matches = command.try_get_matches_from(["", "--count", value]);
        matches.map(|it| it.get_one("count").copied().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_range_is_checked_and_part_of_the_help() {
        assert_eq!(count("10"), Ok(10));
        assert!(count("11").unwrap_err().contains("11 is not in 1..=10"));
        let pause = Arg::new("pause").help("How long, in seconds").seconds(0..=60);
        assert_eq!(pause.get_help().unwrap().to_string(), "How long, in seconds (0 to 60)");
    }

    #[test]
    fn a_variable_is_named_as_its_flag() {
        let setting = Arg::new("size").long("max-body-bytes").setting();
        assert_eq!(setting.get_env().unwrap(), "REELGRAPH_MAX_BODY_BYTES");
    }
}

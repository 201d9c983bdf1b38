//! Environment variables: those that are empty, and those that no setting reads.

use std::env;
use std::ffi::OsStr;

use clap::Command;
use clap::builder::Resettable;

use super::declaration::{PREFIX, variable_of};
use super::setting::{FILE, Setting, nearest};

/// The prefixes of variables that only the build, the benchmarks and the tests read; Cargo passes
/// them on to the program.
const OF_CARGO: [&str; 3] = ["REELGRAPH_BENCH_", "REELGRAPH_BUILD_", "REELGRAPH_TEST_"];

/// A variable that is named like a setting but is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownVariable {
    /// Its name. Its value could be a secret.
    pub name: String,
    /// The variable that was most likely meant.
    pub nearest: Option<String>,
}

/// Whether a variable is set: an empty one counts as unset.
pub(super) fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The command, with its empty variables unset.
pub(super) fn without_empty_variables(command: Command) -> Command {
    let is_empty = |name: &OsStr| env::var_os(name).is_some_and(|value| value.is_empty());
    command
        .mut_args(|argument| match argument.get_env().is_some_and(is_empty) {
            true => argument.env(Resettable::Reset),
            false => argument,
        })
        .mut_subcommands(without_empty_variables)
}

/// The environment variables that are named like settings but are not settings, sorted by name.
pub(super) fn unknown_variables(settings: &[Setting]) -> Vec<UnknownVariable> {
    let variables = env::vars_os().map(|(name, value)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    });
    unknown_among(variables, settings)
}

fn unknown_among(
    variables: impl Iterator<Item = (String, String)>,
    settings: &[Setting],
) -> Vec<UnknownVariable> {
    let known = settings.iter().map(Setting::variable).chain([variable_of(FILE)]);
    let known: Vec<String> = known.collect();
    let is_of_cargo = |name: &str| OF_CARGO.iter().any(|prefix| name.starts_with(prefix));
    let is_unknown = |name: &String, value: &str| {
        is_prefixed(name)
            && !known.contains(name)
            && !is_of_cargo(name)
            && !is_of_kubernetes(name, value)
    };
    let unknown = variables.filter(|(name, value)| is_unknown(name, value));
    let mut unknown: Vec<UnknownVariable> = unknown
        .map(|(name, _)| {
            let written = name[PREFIX.len()..].to_ascii_uppercase();
            let nearest = nearest(&written, known.iter().map(|name| &name[PREFIX.len()..]));
            UnknownVariable { nearest: nearest.map(|nearest| format!("{PREFIX}{nearest}")), name }
        })
        .collect();
    unknown.sort_by(|one, other| one.name.cmp(&other.name));
    unknown
}

fn is_prefixed(name: &str) -> bool {
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// Whether Kubernetes created a variable, as it does in all containers if a service is called
/// `reelgraph` or `reelgraph-something`.
///
/// Source: [Kubernetes, Environment variables](https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    let is_port = |rest: &str| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name.ends_with("_PORT") && value.contains("://")
        || name.split_once("_PORT_").is_some_and(|(_, rest)| is_port(rest))
}

#[cfg(test)]
mod tests {
    use clap::{Arg, Command};

    use super::*;

    fn unknown(variables: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
        let flag =
            |name: &'static str, variable: &'static str| Arg::new(name).long(name).env(variable);
        let command = Command::new("")
            .arg(flag("listen", "REELGRAPH_LISTEN"))
            .arg(flag("max-body-bytes", "REELGRAPH_MAX_BODY_BYTES"))
            .arg(flag("max-cost", "REELGRAPH_MAX_COST"));
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let unknown = unknown_among(variables.iter().map(owned), &Setting::all(&command));
        unknown.into_iter().map(|one| (one.name, one.nearest)).collect()
    }

    #[test]
    fn an_unknown_variable_is_found_with_the_nearest_name() {
        for (name, nearest) in [
            ("REELGRAPH_LISTN", Some("REELGRAPH_LISTEN")),
            ("REELGRAPH_MAX_BODY", Some("REELGRAPH_MAX_BODY_BYTES")),
            ("REELGRAPH_MAX_COSTS", Some("REELGRAPH_MAX_COST")),
            ("reelgraph_listen", Some("REELGRAPH_LISTEN")),
            ("REELGRAPH_CONFG", Some("REELGRAPH_CONFIG")),
            ("REELGRAPH_", None),
            ("REELGRAPH_COLOUR", None),
        ] {
            let expected = [(name.to_owned(), nearest.map(str::to_owned))];
            assert_eq!(unknown(&[(name, "1")]), expected, "{name}");
        }
    }

    #[test]
    fn what_is_known_or_not_meant_for_the_program_is_left_alone() {
        let known = [
            "REELGRAPH_LISTEN",
            "REELGRAPH_CONFIG",
            "REELGRAPH_BUILD_EXPLORER",
            "PATH",
            "REELGRAPHER",
        ];
        let of_kubernetes = [
            "REELGRAPH_SERVICE_HOST",
            "REELGRAPH_SERVICE_PORT",
            "REELGRAPH_SERVICE_PORT_METRICS",
            "REELGRAPH_PORT",
            "REELGRAPH_METRICS_PORT",
            "REELGRAPH_PORT_4000_TCP",
            "REELGRAPH_PORT_4000_TCP_ADDR",
        ];
        for name in known.into_iter().chain(of_kubernetes) {
            assert_eq!(unknown(&[(name, "tcp://10.0.0.1:4000")]), [], "{name}");
        }
        assert_eq!(unknown(&[("REELGRAPH_PORT", "4000")]).len(), 1);
    }
}

//! Settings that a command would ignore.

use super::Failure;
use crate::config::{DatabaseUrl, InForce, POSTGRESQL, Source};

/// Verifies that no setting is one for PostgreSQL, or that one of the libraries is there. A default is no
/// setting.
///
/// # Errors
/// Which settings are, and what to do.
pub(super) fn expect_none<'u>(
    in_force: &[InForce],
    libraries: impl IntoIterator<Item = &'u DatabaseUrl>,
) -> Result<(), Failure> {
    let libraries: Vec<&DatabaseUrl> = libraries.into_iter().collect();
    let Some(library) = libraries.first() else { return Ok(()) };
    if libraries.iter().any(|url| matches!(url, DatabaseUrl::Postgres(_))) {
        return Ok(());
    }
    let is_unused =
        |one: &&InForce| one.source != Source::Default && one.setting.heading() == POSTGRESQL;
    let unused: Vec<String> = in_force.iter().filter(is_unused).map(shown).collect();
    if unused.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{}: only for a library in PostgreSQL, and this one is {library}: remove it, or name the \
         database, e.g. postgres://USER@HOST/DATABASE",
        unused.join(", ")
    )
    .into())
}

/// A setting, and where it is set.
fn shown(one: &InForce) -> String {
    let flag = format!("--{}", one.setting.key());
    match &one.source {
        Source::Variable(name) => format!("{flag} ({name})"),
        Source::File { path, line } => format!("{flag} ({}:{line})", path.display()),
        Source::Flag | Source::Default => flag,
    }
}

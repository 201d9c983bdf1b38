//! Refuses values that do not fit their types before anything is executed.
//!
//! async-graphql coerces an argument when its field is resolved: a second mutation could be refused
//! after the first one has run. Some of its rules are also laxer than the specification's. Validation
//! knows nothing of the values of this schema's own scalars.

mod check;
mod literals;
mod misfit;
mod numeral;
#[cfg(test)]
mod tests;
mod variables;
mod view;

pub use literals::check_literals;
pub use misfit::{MAX_ERRORS, TypeMismatch};
pub use variables::{Variable, check_demands, check_variables, choose};

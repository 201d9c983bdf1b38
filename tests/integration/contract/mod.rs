//! What every store must do: one suite of cases, run against each of them.

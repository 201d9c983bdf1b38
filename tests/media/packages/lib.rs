//! Cargo wants a package to have code.

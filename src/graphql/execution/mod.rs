//! How fields get their values: directly if possible, in batches, and guarded against panics.

pub mod batch;
pub mod direct;
pub mod guard;
pub mod internals;
pub mod introspection;
pub mod omitted;
pub mod rounds;
pub mod scans;

//! How fields get their values: directly where they can, in batches, and guarded against panics.

pub mod batch;
pub mod direct;
pub mod guard;
pub mod internals;
pub mod introspection;
pub mod omitted;
pub mod scans;
pub mod turns;

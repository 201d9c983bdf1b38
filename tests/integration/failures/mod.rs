//! Servers that fail under many clients, mostly such that share a library in PostgreSQL, as do the database, its
//! disk and a balancer: what was acknowledged stays, what was refused was not done, and whoever follows the log is told
//! all of it once.
#![cfg(target_os = "linux")]

mod balancer;
mod bulk;
mod fleet;
mod full_disk;
mod kills;
mod ledger;
mod log;
mod lost_changes;
mod outages;
mod soak;
mod subscribers;
mod traffic;
mod writers;

/// A change of the log as clients see it: the ID of its audit entry, and that of the request that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    id: String,
    request: String,
}

/// How often something is killed: as often as this says, or a few times.
fn kills() -> usize {
    std::env::var("REELGRAPH_TEST_KILLS").map_or(3, |kills| kills.parse().unwrap())
}

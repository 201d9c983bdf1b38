//! `kill -9` of servers, and of the database, under many clients.
//!
//! `REELGRAPH_TEST_KILLS=20 cargo test failures::kills` kills more often than the usual test does.

use std::process::Command;

use super::fleet::Fleet;
use super::kills;
use super::traffic::Traffic;
use crate::support::cluster::Cluster;
use crate::support::folder::Folder;
use crate::support::postgres::{block_on, new_database, number};

/// How many servers there are, and clients of them.
const SERVERS: usize = 2;
const WRITERS: usize = 16;
const SUBSCRIBERS: usize = 6;

/// How many changes are acknowledged before the next kill.
const CHANGES: usize = 100;

#[test]
fn a_server_that_is_killed_loses_nothing_of_its_file() {
    let folder = Folder::new();
    let mut fleet = Fleet::running(&folder.url("killed.db"), 1);
    let traffic = Traffic::start(fleet.addresses(), WRITERS, SUBSCRIBERS);
    for _ in 0..kills() {
        traffic.wait_for_more(4 * CHANGES);
        fleet.kill(0);
        fleet.check();
        fleet.start(0);
    }
    assert_ne!(traffic.finish(), 0, "no request was interrupted");
    fleet.check();
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn servers_that_are_killed_lose_nothing() {
    let mut fleet = Fleet::running(&new_database(""), SERVERS);
    let traffic = Traffic::start(fleet.addresses(), WRITERS, SUBSCRIBERS);
    for round in 0..kills() {
        traffic.wait_for_more(CHANGES);
        fleet.kill(round % SERVERS);
        // The others go on, whatever the one that was killed held.
        traffic.wait_for_more(CHANGES);
        fleet.start(round % SERVERS);
    }
    assert_ne!(traffic.finish(), 0, "no request was interrupted");
    fleet.check();
}

#[test]
#[cfg_attr(not(postgres), ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin")]
fn a_database_that_is_killed_loses_nothing() {
    let cluster = Cluster::start();
    let url = cluster.url("postgres");
    let fleet = Fleet::running(&url, SERVERS);
    let traffic = Traffic::start(fleet.addresses(), WRITERS, SUBSCRIBERS);
    for round in 0..kills() {
        traffic.wait_for_more(CHANGES);
        match round % 3 {
            0 => {
                cluster.kill();
                cluster.restart();
            }
            1 => kill_a_backend(&url),
            // Stops it without a checkpoint.
            _ => cluster.restart(),
        }
    }
    traffic.wait_for_more(CHANGES);
    // The servers may have been patient enough for all of their clients.
    traffic.finish();
    fleet.check();
}

/// Kills the process of a connection, after which PostgreSQL restarts all others by itself.
fn kill_a_backend(url: &str) {
    const ONE: &str = "SELECT pid::bigint FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1";
    let backend = block_on(number(url, ONE)).to_string();
    assert!(Command::new("kill").args(["-KILL", &backend]).status().unwrap().success());
}

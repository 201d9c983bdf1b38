//! Three servers behind HAProxy, on a primary and its replica behind the same HAProxy, under many clients:
//! a server joins, another one is killed, and the replica takes over from the primary, which comes back.
//!
//! `REELGRAPH_TEST_SOAK_CHANGES=20000 cargo test failures::soak` makes more changes than the usual test.

use super::fleet::{Fleet, free_address};
use super::traffic::Traffic;
use crate::support::postgres::block_on;
use crate::support::proxy::Proxy;
use crate::support::replica::Replicated;

const WRITERS: usize = 16;
const SUBSCRIBERS: usize = 20;

#[test]
#[cfg_attr(
    not(all(postgres, haproxy)),
    ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin, and HAProxy"
)]
fn everyone_is_told_the_log_while_servers_come_and_go_and_a_replica_takes_over() {
    let changes = std::env::var("REELGRAPH_TEST_SOAK_CHANGES");
    let changes = changes.map_or(800, |changes| changes.parse().unwrap());
    let databases = block_on(Replicated::start());
    let database = free_address();
    let url = format!("postgres://postgres@{database}/postgres?sslmode=disable");
    let mut fleet = Fleet::of(&url, 3);
    let proxy =
        Proxy::haproxy_with(|outside, _| fleet.balanced(outside) + &databases.balanced(database));
    fleet.start(0);
    fleet.start(1);
    proxy.wait_for_answer("/health/ready");

    let traffic = Traffic::start(&[proxy.address()], WRITERS, SUBSCRIBERS);
    traffic.wait_for_more(changes / 4);
    fleet.start(2);
    traffic.wait_for_more(changes / 4);
    fleet.kill(0);
    traffic.wait_for_more(changes / 4);
    databases.stop_primary();
    databases.promote();
    traffic.wait_for_more(changes / 4);
    // A primary that comes back is not written to, not even by a server that connects only then.
    databases.start_primary();
    fleet.start(0);
    traffic.wait_for_more(changes / 4);
    assert_ne!(traffic.finish(), 0, "no request was interrupted\n{}", proxy.said());
    fleet.check();
}

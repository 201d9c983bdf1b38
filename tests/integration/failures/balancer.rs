//! A balancer between clients, servers and their database that fails, and is started again.

use crate::support::cluster::Cluster;
use crate::support::proxy::Proxy;

use super::fleet::{Fleet, free_address};
use super::traffic::Traffic;

const WRITERS: usize = 8;
const SUBSCRIBERS: usize = 6;

/// How many changes are acknowledged before the balancer fails, and after it has come back.
const CHANGES: usize = 100;

#[test]
#[cfg_attr(
    not(all(postgres, haproxy)),
    ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin, and HAProxy"
)]
fn everyone_goes_on_when_the_balancer_was_killed_and_is_back() {
    let cluster = Cluster::start();
    let [outside, database] = [free_address(), free_address()];
    let url = format!("postgres://postgres@{database}/postgres?sslmode=disable");
    let mut fleet = Fleet::of(&url, 2);
    let configuration = format!(
        "{}listen postgres\n mode tcp\n bind {database}\n server one unix@{}\n",
        fleet.balanced(outside),
        cluster.socket().display()
    );
    let start = || {
        let mut proxy = Proxy::haproxy_at(outside, |_, _| configuration.clone());
        proxy.wait_to_listen_at(database);
        proxy
    };
    let proxy = start();
    fleet.start(0);
    fleet.start(1);
    proxy.wait_for_answer("/health/ready");
    let traffic = Traffic::start(&[outside], WRITERS, SUBSCRIBERS);
    traffic.wait_for_more(CHANGES);
    proxy.kill();
    let _proxy = start();
    traffic.wait_for_more(CHANGES);
    assert_ne!(traffic.finish(), 0, "no request was interrupted");
    fleet.check();
}

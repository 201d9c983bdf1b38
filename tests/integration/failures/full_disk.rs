//! A database without room on its disk. Only root can make one so small.

use super::fleet::Fleet;
use super::traffic::Traffic;
use crate::support::cluster::Cluster;
use crate::support::unavailable::{add, assert_unavailable};

const WRITERS: usize = 4;
const SUBSCRIBERS: usize = 2;

/// How many changes are made before the disk is full, and after it was.
const CHANGES: usize = 50;

/// Enough for a library and the first two files of the write-ahead log.
const KILOBYTES: u32 = 96 * 1024;

#[test]
#[cfg_attr(
    not(all(postgres, superuser)),
    ignore = "needs PostgreSQL 15 in /usr/lib/postgresql/15/bin, and root"
)]
fn a_full_disk_refuses_changes_until_there_is_room_again_and_loses_nothing() {
    let cluster = Cluster::start_on_disk(KILOBYTES);
    let fleet = Fleet::running(&cluster.url("postgres"), 2);
    let traffic = Traffic::start(fleet.addresses(), WRITERS, SUBSCRIBERS);
    traffic.wait_for_more(CHANGES);
    cluster.take_all_room();
    traffic.wait_for_refusals(CHANGES);
    // Tables cannot grow, and the write-ahead log still has room. Others see what is there.
    let server = fleet.server(0);
    assert_eq!(server.ask("{ videos { totalCount } }").status, 200, "{server}");
    assert_eq!(server.get("/health/ready").status, 200, "{server}");
    server.wait_for_log("PostgreSQL code 53100");
    assert_unavailable(&add(server, 0));
    cluster.free_room();
    traffic.wait_for_more(CHANGES);

    // The write-ahead log has no room: PostgreSQL gives up, and cannot start before there is some.
    cluster.take_all_room();
    cluster.fail_at_next_log_file();
    cluster.free_room();
    cluster.restart();
    traffic.wait_for_more(CHANGES);
    assert_ne!(traffic.finish(), 0);
    fleet.check();
}

//! What the tests of the stores that speak SQL have in common.

pub(in crate::repository) mod catalogue;
pub(in crate::repository) mod damage;
pub(in crate::repository) mod migrations;
pub(in crate::repository) mod statistics;

use crate::domain::{Timestamp, VideoId};
use crate::repository::ChangeContext;

pub(in crate::repository) fn id(number: u8) -> VideoId {
    VideoId::from_bytes([number; 16])
}

pub(in crate::repository) fn by() -> ChangeContext {
    let at = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
    ChangeContext { at, actor: None, request_id: Some("request-1".into()) }
}

//! Lists of the past where many rows in a row have changed since.

use reelgraph::domain::{
    Direction, OrderField, OrderKey, Page, PageRequest, SortPosition, TextField, TextTest, Video,
    VideoFilter, VideoOrder,
};
use reelgraph::history::moment::{Moment, MomentAt, Moments};
use reelgraph::repository::{OnConflict, VideoRepository};

use super::{UNLIMITED, moment_at};
use crate::support::videos::{by, video};

contract_suite! {
    cases: pages_around_long_runs_of_changes_are_as_they_were;
}

//! The documents of the everyday operations.

/// A page of 50 videos with all that a video is, and its cursors.
pub const PAGE: &str = include_str!("../documents/page.graphql");

/// One video.
pub const BY_ID: &str = include_str!("../documents/by-id.graphql");

/// 50 videos, with the newest five changes of each.
pub const NESTED: &str = include_str!("../documents/nested.graphql");

/// A change of what is given.
pub const UPDATE: &str = include_str!("../documents/update.graphql");

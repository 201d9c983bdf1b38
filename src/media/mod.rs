//! Files and thumbnails of videos: their addresses, and what is behind them.
//!
//! [`addresses`] writes and reads addresses, [`files`] opens the file of a video, if it still is the one that the
//! library knows, and [`thumbnails`] has pictures made of it. Nothing in here knows GraphQL, HTTP or SQL.

pub mod addresses;
mod file_of;
pub mod files;
mod looks;
pub mod thumbnails;

pub use addresses::{Address, AddressBook, AddressError, Addresses, Target};
pub use file_of::FileOf;
pub use files::{Files, NotServed, Served};

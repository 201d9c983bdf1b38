//! Files and thumbnails of videos, as clients get them: ranges, signatures, players and what is hostile.

mod addresses;
mod cache;
mod crowds;
mod files;
mod hostile;
mod instances;
mod pictures;
mod players;
mod theatre;

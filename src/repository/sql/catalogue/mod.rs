//! Library roots, their files and scans in SQL, for every store that speaks it.

mod changes;
mod database;
mod file_steps;
mod file_test;
mod files;
#[cfg(test)]
mod listing;
mod paging;
mod problems;
mod roots;
mod row;
mod scans;
mod store;

pub(in crate::repository) use self::database::{CatalogueDatabase, Dialect, Job, SqlConnection};
pub(in crate::repository) use self::file_steps::store_steps;
pub(in crate::repository) use self::file_test::push_file_test;
pub(in crate::repository) use self::files::{faults as file_faults, load_found};
#[cfg(test)]
pub(in crate::repository) use self::listing::look_ups;
pub(in crate::repository) use self::row::{Query, SqlRow};
pub(in crate::repository) use self::store::SqlCatalogue;

//! Looking for long parts in texts.
//!
//! SQLite's own functions begin anew at each place of a text. Where a part agrees with it for long, they
//! take as many steps as the product of both lengths, and a statement that is to end only looks whether
//! it is between rows. This function takes as many steps as the sum.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

/// The longest part, in bytes, that SQLite's functions look for: with shorter ones they are quicker.
const SHORT: usize = 32;

/// The function's name in SQL. It takes a text and a part.
pub(super) const HAS_PART: &str = "has_part";

/// Whether a part is to be looked for by this function.
pub(super) fn is_long(part: &str) -> bool {
    part.len() > SHORT
}

/// Makes the function known to a connection.
pub(super) fn make_known(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(HAS_PART, 2, flags, |arguments: &Context<'_>| {
        let text = arguments.get_raw(0).as_str_or_null()?;
        let part = arguments.get_raw(1).as_str()?;
        Ok(text.is_some_and(|text| text.contains(part)))
    })
}

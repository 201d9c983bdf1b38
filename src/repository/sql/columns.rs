//! The columns of tables: their names, their types, and where they stand in the rows that are read.
//!
//! Statements list columns in the order of these enums, and rows are read by it: a column that is added
//! anywhere moves the others on both sides. Tests of the stores compare them with the tables.

use std::fmt::Display;

/// The columns of a table.
pub(in crate::repository) trait Columns: Copy + Display + 'static {
    /// All of them, each with its type.
    #[cfg(test)]
    const DECLARED: &'static [(&'static str, &'static str)];

    /// The table's name.
    const TABLE: &'static str;

    /// Those that hold what a row is about, in their order. Those that are read come first.
    const STORED: &'static [Self];

    /// How many are read.
    const READ: usize;

    /// What a statement selects in order to read them.
    const SELECTED: &'static str;

    /// Adds a row with a value for each of the [`STORED`](Self::STORED).
    const INSERT: &'static str;

    /// The placeholders of one row more for [`INSERT`](Self::INSERT).
    const ANOTHER: &'static str;

    /// Its name.
    fn name(self) -> &'static str;
}

/// What `each` makes of the columns that a table stores, with a separator between them.
pub(in crate::repository) fn join<C: Columns>(
    separator: &str,
    each: impl Fn(&C) -> String,
) -> String {
    C::STORED.iter().map(each).collect::<Vec<_>>().join(separator)
}

/// Some texts as one, with commas between them.
macro_rules! listed {
    ($first:literal $(, $other:literal)* $(,)?) => { concat!($first $(, ", ", $other)*) };
    (of $table:literal: $first:literal $(, $other:literal)* $(,)?) => {
        concat!($table, ".", $first $(, ", ", $table, ".", $other)*)
    };
}

/// A placeholder for each name, in brackets.
macro_rules! placeholders {
    ($first:ident $($other:ident)*) => { concat!("(?" $(, $crate::repository::sql::placeholders!(@ $other))*, ")") };
    (@ $other:ident) => { ", ?" };
}

macro_rules! columns {
    (
        $(#[$about:meta])*
        $Table:ident of $table:literal:
        read { $($Read:ident = $read:literal $read_type:literal,)+ }
        written { $($Written:ident = $written:literal $written_type:literal,)* }
        computed { $($Computed:ident = $computed:literal $computed_type:literal,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::repository) enum $Table { $($Read,)+ $($Written,)* $($Computed,)* }

        impl $crate::repository::sql::Columns for $Table {
            #[cfg(test)]
            const DECLARED: &'static [(&'static str, &'static str)] = &[
                $(($read, $read_type),)+
                $(($written, $written_type),)*
                $(($computed, $computed_type),)*
            ];
            const TABLE: &'static str = $table;
            const STORED: &'static [Self] = &[$(Self::$Read,)+ $(Self::$Written,)*];
            const READ: usize = [$($read),+].len();
            const SELECTED: &'static str = $crate::repository::sql::listed!(of $table: $($read),+);
            const INSERT: &'static str = concat!(
                "INSERT INTO ", $table, " (", $crate::repository::sql::listed!($($read,)+ $($written),*), ") VALUES ",
                $crate::repository::sql::placeholders!($($Read)+ $($Written)*)
            );
            const ANOTHER: &'static str = concat!(", ", $crate::repository::sql::placeholders!($($Read)+ $($Written)*));

            fn name(self) -> &'static str {
                match self {
                    $(Self::$Read => $read,)+
                    $(Self::$Written => $written,)*
                    $(Self::$Computed => $computed,)*
                }
            }
        }

        impl std::fmt::Display for $Table {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::repository::sql::Columns::name(*self))
            }
        }
    };
}

pub(in crate::repository) use columns;
pub(in crate::repository) use listed;
pub(in crate::repository) use placeholders;

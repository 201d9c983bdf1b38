//! The sizes of lists, each declared once, beside its field.
//!
//! The resolver reads from a size how many items a client may request, and the cost check how many
//! it can get. The [table](super::lists) has the sizes of all types.

use crate::graphql::error::ApiError;

/// How many items a list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListSize {
    /// As many as the argument `first` requests, which is at most this.
    First(i32),
    /// This many, or fewer.
    AtMost(usize),
    /// One for each item of the list in the arguments at this path, and so many more.
    EachOf {
        /// The names of the argument and of the fields that lead to the list.
        argument: &'static [&'static str],
        /// The number of items beyond those.
        more: usize,
    },
    /// As many as the field requests whose object has the list: the rows of a page.
    AsRequested,
}

impl ListSize {
    /// The number of items that the argument with this name requests.
    ///
    /// # Errors
    /// `BadUserInput` when it is negative or too large.
    pub fn limit(self, name: &str, requested: i32) -> Result<usize, ApiError> {
        let Self::First(max) = self else {
            return Err(ApiError::internal("the size of this list cannot be requested"));
        };
        let limit = usize::try_from(requested).ok().filter(|_| requested <= max);
        limit.ok_or_else(|| {
            ApiError::BadUserInput(format!("{name} must be from 0 to {max}, not {requested}"))
        })
    }
}

/// The size of lists of library roots: they come from settings, so there are few.
pub const LIBRARY_ROOTS: ListSize = ListSize::AtMost(50);

/// The sizes of the lists of a type.
#[derive(Clone, Copy, Debug)]
pub struct ListSizes {
    /// The name of the type.
    pub type_name: &'static str,
    /// Each with the name of its field.
    pub sizes: &'static [(&'static str, ListSize)],
}

/// Declares the sizes of a type's lists, one a line: a constant for the resolver, the field, and its
/// size.
///
/// A size can also be that of a field whose object has lists [`ListSize::AsRequested`].
macro_rules! list_sizes {
    ($Type:ident { $($NAME:ident: $field:ident = $size:expr;)+ }) => {
        impl $Type {
            $(const $NAME: $crate::graphql::schema::list_size::ListSize = $size;)+

            /// The sizes of its lists.
            pub const LIST_SIZES: $crate::graphql::schema::list_size::ListSizes =
                $crate::graphql::schema::list_size::ListSizes {
                    type_name: stringify!($Type),
                    sizes: &[$((stringify!($field), Self::$NAME)),+],
                };
        }
    };
}

pub(in crate::graphql) use list_sizes;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_can_be_requested_as_the_list_may_have() {
        let size = ListSize::First(1000);
        for requested in [0, 1, 1000] {
            let limit = size.limit("first", requested).ok();
            assert_eq!(limit, usize::try_from(requested).ok());
        }
        for requested in [-1, 1001, i32::MIN, i32::MAX] {
            let Err(ApiError::BadUserInput(message)) = size.limit("first", requested) else {
                panic!("{requested} is accepted");
            };
            assert_eq!(message, format!("first must be from 0 to 1000, not {requested}"));
        }
    }
}

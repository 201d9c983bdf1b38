//! Places in the input of a request, for messages.

use std::fmt;

/// The path to a value, displayed as in `filter.and.0.path.eq`.
#[derive(Clone, Copy)]
pub enum InputPath<'a> {
    /// An argument or a variable.
    Root(&'a str),
    /// A field of the object at a place.
    Field(&'a InputPath<'a>, &'a str),
    /// An item of the list at a place.
    Item(&'a InputPath<'a>, usize),
}

impl fmt::Display for InputPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Field(object, name) => write!(f, "{object}.{name}"),
            Self::Item(list, index) => write!(f, "{list}.{index}"),
        }
    }
}

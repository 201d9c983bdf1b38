//! Collecting everything that is wrong with the input of a mutation.

use async_graphql::MaybeUndefined;

use crate::domain::{Invalid, VideoDraft, VideoValues};
use crate::graphql::schema::types::UserError;

/// The faults found so far in one input object.
pub struct ValidationErrors {
    input: Vec<String>,
    found: Vec<UserError>,
}

impl ValidationErrors {
    /// No faults yet in the object at this path.
    pub fn in_input(input: Vec<String>) -> Self {
        Self { input, found: Vec::new() }
    }

    /// The value of a field of the object; none, with another error, if it was rejected.
    pub fn keep<T>(&mut self, field: &[&str], read: Result<T, Invalid>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(why) => {
                self.add(field, &why);
                None
            }
        }
    }

    /// The values of a draft; none, with its errors, if it has any.
    pub fn keep_values(&mut self, draft: &VideoDraft) -> Option<VideoValues> {
        match draft.check() {
            Ok(values) => Some(values),
            Err(faults) => {
                for fault in faults {
                    self.add(fault.path, &fault.invalid);
                }
                None
            }
        }
    }

    /// The value of a field that can be omitted but not null.
    pub fn keep_given<V, T>(
        &mut self,
        field: &str,
        given: MaybeUndefined<V>,
        read: impl FnOnce(V) -> Result<T, Invalid>,
    ) -> Option<T> {
        let read = match given {
            MaybeUndefined::Undefined => return None,
            MaybeUndefined::Null => Err(Invalid::new("must not be null: omit it")),
            MaybeUndefined::Value(value) => read(value),
        };
        self.keep(&[field], read)
    }

    fn add(&mut self, field: &[&str], why: &Invalid) {
        let mut path = self.input.clone();
        path.extend(field.iter().map(ToString::to_string));
        self.found.push(UserError::invalid(path, why));
    }

    /// The object, if it has no errors.
    ///
    /// # Errors
    /// All errors, if there are any.
    pub fn or<T>(self, made: Option<T>) -> Result<T, Vec<UserError>> {
        match made {
            Some(made) if self.found.is_empty() => Ok(made),
            _ => Err(self.found),
        }
    }
}

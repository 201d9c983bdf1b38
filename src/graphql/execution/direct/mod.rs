//! Direct resolution: objects whose fields need no waiting are written straight into the text of
//! the response.
//!
//! async-graphql creates a future for every field of every row, and builds a tree of values from
//! their results, which is most of the work for a page. Here, the selection on a type is analysed
//! once, as a [`Plan`] that is cached with the document; then one loop over the rows writes them
//! into one text.
//!
//! A type takes part through `direct!`, and a field that async-graphql resolves returns it as a
//! [`Direct`]. Fields that have to wait, the `async` ones, are resolved by async-graphql before
//! anything is written: those of all rows together, so that the
//! [loaders](crate::graphql::schema::loaders) can batch them.

mod object;
mod plan;
mod scalar;
mod selected;
mod shown;
mod text;
mod value;
mod waited;
mod waiting;

pub use object::{FieldOf, Object};
pub(in crate::graphql) use object::{direct, written_directly};
pub use plan::{Plan, PlannedValue, Source};
pub use scalar::{LazyScalar, ScalarValue};
pub use selected::{Executed, FieldsByKey, Selected, bare};
pub use shown::WriteJson;
pub(in crate::graphql) use shown::leaves;
pub use text::{JsonText, estimated_length, write_response};
pub use value::{Direct, asks_for, selections};
pub use waited::Resolved;
pub use waiting::{DirectValue, resolved, write_resolved};

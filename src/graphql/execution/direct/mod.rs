//! Direct resolution: objects whose fields need no waiting are written straight into the text of
//! the answer.
//!
//! async-graphql makes a future of every field of every row, and a tree of values out of what they
//! give, which is most of the work on a page. Here what is selected of a type is looked up once, as a
//! [`Plan`] that is kept with the document; then one loop over the rows writes them into one text.
//!
//! A type takes part by standing in `direct!`, and a field that async-graphql resolves hands it
//! over as a [`Direct`]. Fields that have to wait, the `async` ones, are resolved by async-graphql
//! before anything is written: those of all rows together, so that the
//! [loaders](crate::graphql::schema::loaders) find what they batch.

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
pub use scalar::{AsScalar, ScalarValue};
pub use selected::{Executed, FieldsByKey, Selected, bare};
pub use shown::Shown;
pub(in crate::graphql) use shown::leaves;
pub use text::{JsonText, write_response};
pub use value::{Direct, asks_for};
pub use waited::Waited;
pub use waiting::{Answer, resolved, write_resolved};

//! Objects that can be written directly, and how a type becomes one.

use std::future::Future;

use async_graphql::{Context, ServerResult};
use futures_util::future::{BoxFuture, try_join_all};

use super::{Executed, JsonText, Plan, Resolved, Selected, Source};
use crate::graphql::execution::internals::{ContainerType, within_field};

/// An object that can be written directly, which `direct!` makes of a type.
pub trait Object: ContainerType + Sized {
    /// Every field of the type.
    fn fields<'list>() -> &'list [FieldOf<Self>]
    where
        Self: 'list;

    /// Waits for the fields that have to wait, and for what has to wait below the others.
    ///
    /// # Errors
    /// When a field fails that is not nullable.
    fn wait_for_fields(
        &self,
        plan: &Plan,
        ctx: &Context<'_>,
    ) -> impl Future<Output = ServerResult<Resolved>> + Send {
        let waiting = plan.fields().iter().filter(|field| field.waits);
        let fields = waiting.map(async |field| match &field.source {
            Some(source) => {
                let ctx = within_field(ctx, &field.key);
                (Self::fields()[source.index].wait)(self, &source.plan, &ctx).await
            }
            None => Ok(Resolved::Nothing),
        });
        let fields = try_join_all(fields);
        async { fields.await.map(Resolved::Each) }
    }

    /// Writes the object, with what was waited for.
    fn write_fields(&self, plan: &Plan, waited: &Resolved, text: &mut JsonText<'_>) {
        let fields = Self::fields();
        let mut waited = waited.each().iter();
        if plan.fields().is_empty() {
            text.push_byte(b'{');
        }
        for field in plan.fields() {
            text.push(&field.begin);
            if let Some(source) = &field.source {
                let waited = if field.waits { waited.next() } else { None };
                let waited = waited.unwrap_or(&Resolved::Nothing);
                (fields[source.index].write)(self, &source.plan, waited, text);
            }
        }
        text.push_byte(b'}');
    }
}

/// A field of the objects of a type.
pub struct FieldOf<T> {
    /// The name of the field's method, in snake case.
    pub method: &'static str,
    /// The selection on the field's value.
    pub plan: fn(Selected<'_>) -> Plan,
    /// Waits for what has to be waited for in the current field of an object.
    pub wait: for<'a> fn(&'a T, &'a Plan, &'a Context<'a>) -> BoxFuture<'a, ServerResult<Resolved>>,
    /// Writes an object's field, with what was waited for.
    pub write: fn(&T, &Plan, &Resolved, &mut JsonText<'_>),
}

impl<T> FieldOf<T> {
    /// Whether this is the field's name in the schema, in camel case.
    pub fn is_called(&self, name: &str) -> bool {
        let mut method = self.method.bytes();
        name.bytes().all(|byte| match method.next() {
            Some(b'_') => method.next().is_some_and(|next| next.to_ascii_uppercase() == byte),
            next => next == Some(byte),
        }) && method.next().is_none()
    }
}

impl Plan {
    /// The selection on an object of this type.
    pub fn object<T: Object>(selected: Selected<'_>) -> Self {
        let type_name = T::type_name();
        Self::of_fields(&type_name, &selected.of_object(&type_name), |name, fields| {
            Source::of::<T>(name, Selected { fields, ..selected })
        })
    }

    /// The selection on this root.
    pub fn root<T: Object>(executed: Executed<'_>) -> Self {
        let type_name = T::type_name();
        Self::of_fields(&type_name, &executed.of_root(&type_name), |name, fields| {
            Source::of::<T>(name, Selected { executed, fields })
        })
    }
}

impl Source {
    /// The source of a field of this type.
    fn of<T: Object>(name: &str, selected: Selected<'_>) -> Self {
        let index = T::fields().iter().position(|field| field.is_called(name));
        let index = index.expect("validation has found every field in its type");
        Self { index, plan: (T::fields()[index].plan)(selected) }
    }
}

/// Makes the values of a type directly writable. It takes the type's `#[Object]`, `SimpleObject` or
/// `Enum` unchanged, so the fields are declared once.
///
/// An `async` field has to wait, and async-graphql resolves it to an [`DirectValue`](super::Answer);
/// every other one is a [`WriteJson`](super::Shown) and depends only on the object.
macro_rules! direct {
    ($($item:tt)*) => {
        $($item)*
        $crate::graphql::execution::direct::written_directly!($($item)*);
    };
}

/// Implements what `direct!` promises of an item.
macro_rules! written_directly {
    ($(#[$_attribute:meta])* impl<$R:ident: $Bound:path> $Type:ty { $($methods:tt)* }) => {
        $crate::graphql::execution::direct::written_directly!(@methods [<$R: $Bound>] $Type { $($methods)* });
    };
    ($(#[$_attribute:meta])* impl $Type:ty { $($methods:tt)* }) => {
        $crate::graphql::execution::direct::written_directly!(@methods [] $Type { $($methods)* });
    };
    (@methods [$($generics:tt)*] $Type:ty {
        $(
            $(#[$_attribute:meta])*
            $(fn $shown:ident(&self))?
            $(async fn $waiting:ident $_arguments:tt)?
            -> $Value:ty $_body:block
        )*
    }) => {
        $crate::graphql::execution::direct::written_directly!(@object [$($generics)*] $Type {
            $(
                $(direct::FieldOf {
                    method: stringify!($shown),
                    plan: |selected| <$Value as direct::WriteJson>::plan(selected),
                    wait: |object, plan, ctx| Box::pin(async move {
                        direct::WriteJson::wait(&object.$shown(ctx), plan, ctx).await
                    }),
                    write: |object, plan, waited, text| {
                        direct::WriteJson::write(&object.$shown(text.ctx), plan, waited, text);
                    },
                },)?
                $(direct::FieldOf {
                    method: stringify!($waiting),
                    plan: |selected| direct::Plan::waiting::<$Value>(selected),
                    wait: direct::resolved,
                    write: direct::write_resolved,
                },)?
            )*
        });
    };
    ($(#[$_attribute:meta])* $_visibility:vis struct $Type:ident $(<$life:lifetime>)? {
        $($(#[$_field_attribute:meta])* $_field_visibility:vis $field:ident: $Value:ty,)*
    }) => {
        $crate::graphql::execution::direct::written_directly!(@object [$(<$life>)?] $Type $(<$life>)? {
            $(direct::FieldOf {
                method: stringify!($field),
                plan: <$Value as direct::WriteJson>::plan,
                wait: |object, plan, ctx| Box::pin(direct::WriteJson::wait(&object.$field, plan, ctx)),
                write: |object, plan, waited, text| {
                    direct::WriteJson::write(&object.$field, plan, waited, text);
                },
            },)*
        });
    };
    (@object [$($generics:tt)*] $Type:ty { $($fields:tt)* }) => {
        const _: () = {
            use $crate::graphql::execution::direct;

            impl $($generics)* direct::Object for $Type {
                fn fields<'list>() -> &'list [direct::FieldOf<Self>]
                where
                    Self: 'list,
                {
                    &[$($fields)*]
                }
            }

            impl $($generics)* direct::WriteJson for $Type {
                fn plan(selected: direct::Selected<'_>) -> direct::Plan {
                    direct::Plan::object::<Self>(selected)
                }

                async fn wait(
                    &self,
                    plan: &direct::Plan,
                    ctx: &async_graphql::Context<'_>,
                ) -> async_graphql::ServerResult<direct::Resolved> {
                    direct::Object::wait_for_fields(self, plan, ctx).await
                }

                fn write(
                    &self,
                    plan: &direct::Plan,
                    waited: &direct::Resolved,
                    text: &mut direct::JsonText<'_>,
                ) {
                    direct::Object::write_fields(self, plan, waited, text);
                }
            }
        };
    };
    ($(#[$_attribute:meta])* $_visibility:vis enum $Type:ident $_values:tt) => {
        impl $crate::graphql::execution::direct::WriteJson for $Type {
            fn plan(_: $crate::graphql::execution::direct::Selected<'_>) -> $crate::graphql::execution::direct::Plan {
                $crate::graphql::execution::direct::Plan::Leaf
            }

            fn write(
                &self,
                _: &$crate::graphql::execution::direct::Plan,
                _: &$crate::graphql::execution::direct::Resolved,
                text: &mut $crate::graphql::execution::direct::JsonText<'_>,
            ) {
                text.write_enum(*self);
            }
        }
    };
}

pub(in crate::graphql) use direct;
pub(in crate::graphql) use written_directly;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &'static str, name: &str, expected: bool) {
        let field = FieldOf::<crate::graphql::schema::types::Video> {
            method,
            plan: |_| Plan::Leaf,
            wait: |_, _, _| Box::pin(async { Ok(Resolved::Nothing) }),
            write: |_, _, _, _| (),
        };
        assert_eq!(field.is_called(name), expected, "{method}, {name}");
    }

    #[test]
    fn a_method_in_snake_case_is_a_field_in_camel_case() {
        check("id", "id", true);
        check("duration_frames", "durationFrames", true);
        check("has_next_page", "hasNextPage", true);
        for other in ["", "durationframes", "duration_frames", "durationFrame", "durationFramesX"] {
            check("duration_frames", other, false);
        }
    }
}

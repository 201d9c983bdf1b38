//! Values that can be written directly.

use std::future::{Future, ready};

use async_graphql::{Context, ID, ServerResult};

use super::waited::{Resolved, all};
use super::{JsonText, Plan, Selected};
use crate::graphql::execution::internals::within_item;

/// A value that can be written directly: the value of a field that need not wait.
pub trait WriteJson: Send + Sync {
    /// The selection of these fields on such a value.
    fn plan(selected: Selected<'_>) -> Plan;

    /// Waits for everything in the value that has to be waited for.
    ///
    /// # Errors
    /// When something fails that the value cannot be without.
    fn wait(
        &self,
        _plan: &Plan,
        _ctx: &Context<'_>,
    ) -> impl Future<Output = ServerResult<Resolved>> + Send {
        ready(Ok(Resolved::Nothing))
    }

    /// Writes the value, with what was waited for.
    fn write(&self, plan: &Plan, waited: &Resolved, text: &mut JsonText<'_>);
}

impl<T: WriteJson + ?Sized> WriteJson for &T {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }

    fn wait(
        &self,
        plan: &Plan,
        ctx: &Context<'_>,
    ) -> impl Future<Output = ServerResult<Resolved>> + Send {
        T::wait(self, plan, ctx)
    }

    fn write(&self, plan: &Plan, waited: &Resolved, text: &mut JsonText<'_>) {
        T::write(self, plan, waited, text);
    }
}

impl<T: WriteJson> WriteJson for Option<T> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }

    async fn wait(&self, plan: &Plan, ctx: &Context<'_>) -> ServerResult<Resolved> {
        let Some(value) = self else { return Ok(Resolved::Nothing) };
        Ok(value.wait(plan, ctx).await.unwrap_or_else(|error| {
            ctx.add_error(error);
            Resolved::Failed
        }))
    }

    fn write(&self, plan: &Plan, waited: &Resolved, text: &mut JsonText<'_>) {
        match (self, waited) {
            (None, _) | (_, Resolved::Failed) => text.push("null"),
            (Some(value), _) => value.write(plan, waited, text),
        }
    }
}

impl<T: WriteJson> WriteJson for Vec<T> {
    fn plan(selected: Selected<'_>) -> Plan {
        T::plan(selected)
    }

    async fn wait(&self, plan: &Plan, ctx: &Context<'_>) -> ServerResult<Resolved> {
        let items = self
            .iter()
            .enumerate()
            .map(async |(index, item)| item.wait(plan, &within_item(ctx, index)).await);
        Ok(Resolved::Each(all(items).await?))
    }

    fn write(&self, plan: &Plan, waited: &Resolved, text: &mut JsonText<'_>) {
        let waited = waited.each();
        text.push_byte(b'[');
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                text.push_byte(b',');
            }
            item.write(plan, waited.get(index).unwrap_or(&Resolved::Nothing), text);
        }
        text.push_byte(b']');
    }
}

/// Lets values without fields be written directly. It needs the names that are in use here.
macro_rules! leaves {
    ($($Leaf:ty: |$value:ident, $text:ident| $write:expr),* $(,)?) => {
        $(impl WriteJson for $Leaf {
            fn plan(_: Selected<'_>) -> Plan {
                Plan::Leaf
            }

            fn write(&self, _: &Plan, _: &Resolved, $text: &mut JsonText<'_>) {
                let $value = self;
                $write;
            }
        })*
    };
}

pub(in crate::graphql) use leaves;

leaves! {
    bool: |it, text| text.write(it),
    i32: |it, text| text.write(it),
    f64: |it, text| text.write(it),
    str: |it, text| text.write_text(it),
    String: |it, text| text.write_text(it),
    ID: |it, text| text.write_text(it),
}

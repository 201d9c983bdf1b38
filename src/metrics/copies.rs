//! Metrics of the copies that queries are read from.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

use super::described::Described;
use crate::repository::CopyActivity;

/// Writes the metrics of these copies; none if there are none.
pub(super) fn encode_copies(
    encoder: &mut DescriptorEncoder<'_>,
    copies: &[CopyActivity],
) -> fmt::Result {
    if copies.is_empty() {
        return Ok(());
    }
    let name = "reelgraph_replica_used";
    let help = "Whether queries are read from the replica.";
    family(encoder, Described { name, help, unit: None }, copies, |copy| {
        Some(ConstGauge::new(i64::from(copy.is_used)))
    })?;
    let (name, unit) = ("reelgraph_replica_lag", Unit::Seconds);
    let help = "Age of the replica's state; absent if it cannot be reached.";
    family(encoder, Described { name, help, unit: Some(&unit) }, copies, |copy| {
        copy.behind.map(|behind| ConstGauge::new(behind.as_secs_f64()))
    })?;
    let unit = Unit::Other("changes".to_owned());
    let help = "Changes that the replica does not have yet; absent if it cannot be reached.";
    family(encoder, Described { name, help, unit: Some(&unit) }, copies, |copy| {
        copy.changes_behind.map(ConstGauge::new)
    })?;
    let name = "reelgraph_replica_queries";
    let help = "Queries read from the replica.";
    family(encoder, Described { name, help, unit: None }, copies, |copy| {
        Some(ConstCounter::new(copy.queries))
    })
}

/// Writes a metric of each copy that has it.
fn family<M: EncodeMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    described: Described<'_>,
    copies: &[CopyActivity],
    metric: impl Fn(&CopyActivity) -> Option<M>,
) -> fmt::Result {
    let values: Vec<_> = copies.iter().filter_map(|copy| Some((copy, metric(copy)?))).collect();
    let Some((_, first)) = values.first() else { return Ok(()) };
    let Described { name, help, unit } = described;
    let mut family = encoder.encode_descriptor(name, help, unit, first.metric_type())?;
    for (copy, value) in &values {
        value.encode(family.encode_family(&[("server", copy.server.as_str())])?)?;
    }
    Ok(())
}

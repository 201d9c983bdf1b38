//! Metrics without labels, with what they mean.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

/// A metric's name and help text, as a sentence.
#[derive(Clone, Copy)]
pub(super) struct Described<'d> {
    pub name: &'d str,
    pub help: &'d str,
    pub unit: Option<&'d Unit>,
}

pub(super) fn gauge<T>(
    encoder: &mut DescriptorEncoder<'_>,
    described: Described<'_>,
    value: T,
) -> fmt::Result
where
    ConstGauge<T>: EncodeMetric,
{
    let Described { name, help, unit } = described;
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
}

pub(super) fn counter<T>(
    encoder: &mut DescriptorEncoder<'_>,
    described: Described<'_>,
    value: T,
) -> fmt::Result
where
    ConstCounter<T>: EncodeMetric,
{
    let Described { name, help, unit } = described;
    let counter = ConstCounter::new(value);
    counter.encode(encoder.encode_descriptor(name, help, unit, counter.metric_type())?)
}

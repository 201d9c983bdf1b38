//! Reading metrics as strictly as OpenMetrics and the older text format define them, so that what is
//! read here is read by Prometheus.
//!
//! Source: [OpenMetrics 1.0](https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md)
//! and [text format 0.0.4](https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).

use std::collections::{BTreeMap, BTreeSet};

/// How metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The text format 0.0.4.
    Plain,
}

/// Labels with their values.
pub type Labels = BTreeMap<String, String>;

/// All metrics of a server at one time, by the name of their family.
#[derive(Debug, Default)]
pub struct Exposition {
    pub families: BTreeMap<String, MetricFamily>,
}

/// A metric with all its labels.
#[derive(Debug, Default)]
pub struct MetricFamily {
    pub kind: String,
    pub help: String,
    unit: String,
    pub samples: Vec<Sample>,
}

/// One line.
#[derive(Debug)]
pub struct Sample {
    pub name: String,
    pub labels: Labels,
    pub value: f64,
}

impl Exposition {
    /// Reads a text.
    #[track_caller]
    pub fn read(text: &str, format: Format) -> Self {
        Self::try_read(text, format).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
    }

    /// The value of the sample with this name and these labels; 0 where there is none yet.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels: Labels =
            labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let samples = self.families.values().flat_map(|family| &family.samples);
        let found = samples.into_iter().find(|it| it.name == name && it.labels == labels);
        found.map_or(0.0, |sample| sample.value)
    }

    fn try_read(text: &str, format: Format) -> Result<Self, String> {
        let lines = match format {
            Format::OpenMetrics => text.strip_suffix("# EOF\n"),
            Format::Plain => text.ends_with('\n').then_some(text),
        };
        let lines = lines.ok_or("it does not come to its end")?;
        let (mut exposition, mut current) = (Self::default(), String::new());
        for line in lines.lines() {
            let outcome = match line.strip_prefix("# ") {
                Some(metadata) => exposition.add_metadata(metadata, &mut current, format),
                None => exposition.add_sample(line, &current),
            };
            outcome.map_err(|fault| format!("{fault}: {line}"))?;
        }
        for (name, family) in &exposition.families {
            family.check(name, format).map_err(|fault| format!("{name}: {fault}"))?;
        }
        Ok(exposition)
    }

    fn add_metadata(
        &mut self,
        line: &str,
        current: &mut String,
        format: Format,
    ) -> Result<(), String> {
        let mut parts = line.splitn(3, ' ');
        let mut next = || parts.next().ok_or("something is missing");
        let (what, name, text) = (next()?, next()?, next()?.to_owned());
        if what == "HELP" {
            if !is_name(name) || self.families.contains_key(name) {
                return Err("the name is none, or was there before".to_owned());
            }
            name.clone_into(current);
        } else if name != current {
            return Err(format!("this belongs to {current}"));
        }
        let family = self.families.entry(name.to_owned()).or_default();
        let (place, is_allowed) = match what {
            "HELP" => (&mut family.help, text.ends_with('.')),
            "TYPE" => {
                let kinds = ["counter", "gauge", "histogram", "info"];
                (&mut family.kind, kinds.contains(&&*text))
            }
            "UNIT" if format == Format::OpenMetrics => {
                (&mut family.unit, name.ends_with(&format!("_{text}")))
            }
            _ => return Err("this is none of HELP, TYPE, UNIT".to_owned()),
        };
        if !is_allowed || !place.is_empty() {
            return Err("this cannot be said, or was said before".to_owned());
        }
        *place = text;
        Ok(())
    }

    fn add_sample(&mut self, line: &str, current: &str) -> Result<(), String> {
        let (series, value) = line.rsplit_once(' ').ok_or("there is no value")?;
        let value = value.parse().map_err(|_| "the value is no number")?;
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, read_labels(labels)?),
            None => (series, Labels::new()),
        };
        let family = self.families.get_mut(current).ok_or("it belongs to nothing")?;
        if !name.starts_with(current) {
            return Err(format!("it does not belong to {current}"));
        }
        family.samples.push(Sample { name: name.to_owned(), labels, value });
        Ok(())
    }
}

impl MetricFamily {
    fn check(&self, name: &str, format: Format) -> Result<(), String> {
        let suffixes: &[&str] = match (&*self.kind, format) {
            ("counter", Format::OpenMetrics) => &["_total"],
            ("counter", Format::Plain) if name.ends_with("_total") => &[""],
            ("gauge", _) => &[""],
            ("info", Format::OpenMetrics) => &["_info"],
            ("histogram", _) => &["_sum", "_count", "_bucket"],
            _ => return Err("it has no type".to_owned()),
        };
        let mut seen = BTreeSet::new();
        for sample in &self.samples {
            let suffix = &sample.name[name.len()..];
            let is_value =
                sample.value.is_finite() && (self.kind == "gauge" || sample.value >= 0.0);
            if !suffixes.contains(&suffix) || !is_value || !seen.insert((suffix, &sample.labels)) {
                return Err(format!("{sample:?} cannot be, or is there twice"));
            }
        }
        match &*self.kind {
            "histogram" => self.check_buckets(name),
            _ => Ok(()),
        }
    }

    /// Buckets are cumulative, and the last of each series has all there are.
    fn check_buckets(&self, name: &str) -> Result<(), String> {
        let mut series: BTreeMap<Labels, (f64, f64)> = BTreeMap::new();
        for sample in self.samples.iter().filter(|it| it.name.ends_with("_bucket")) {
            let mut labels = sample.labels.clone();
            let bound = labels.remove("le").ok_or("a bucket without a bound")?;
            let bound = bound.parse::<f64>().map_err(|_| "a bound that is no number")?;
            let last = series.entry(labels).or_insert((f64::NEG_INFINITY, 0.0));
            if bound <= last.0 || sample.value < last.1 {
                return Err(format!("{sample:?} is out of order"));
            }
            *last = (bound, sample.value);
        }
        for count in self.samples.iter().filter(|it| it.name == format!("{name}_count")) {
            if series.get(&count.labels) != Some(&(f64::INFINITY, count.value)) {
                return Err(format!("the buckets do not come to {count:?}"));
            }
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().all(is_allowed) && !text.starts_with(|first: char| first.is_ascii_digit())
}

/// Labels after their opening bracket.
fn read_labels(mut rest: &str) -> Result<Labels, String> {
    let mut labels = Labels::new();
    loop {
        let (name, after) = rest.split_once("=\"").ok_or("a label without a value")?;
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            match characters.next().ok_or("a label without an end")? {
                (at, '"') => break at,
                (_, '\\') => value.push(match characters.next().ok_or("half an escape")?.1 {
                    'n' => '\n',
                    escaped @ ('"' | '\\') => escaped,
                    _ => return Err("an unknown escape".to_owned()),
                }),
                (_, other) => value.push(other),
            }
        };
        if !is_name(name) || labels.insert(name.to_owned(), value).is_some() {
            return Err("a label that is none, or is there twice".to_owned());
        }
        rest = match &after[end + 1..] {
            "}" => return Ok(labels),
            more => more.strip_prefix(',').ok_or("a label that does not end")?,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# HELP a_seconds What it is.\n# TYPE a_seconds histogram\n\
        # UNIT a_seconds seconds\na_seconds_sum{b=\"c\\\"\"} 1.5\na_seconds_count{b=\"c\\\"\"} 2\n\
        a_seconds_bucket{le=\"1.0\",b=\"c\\\"\"} 1\na_seconds_bucket{le=\"+Inf\",b=\"c\\\"\"} 2\n\
        # HELP d Another.\n# TYPE d counter\nd_total 7\n# EOF\n";

    /// The same in the older format.
    fn plain() -> String {
        let without_unit = GOOD.replace("# UNIT a_seconds seconds\n", "").replace("# EOF\n", "");
        without_unit.replace("HELP d", "HELP d_total").replace("TYPE d", "TYPE d_total")
    }

    #[test]
    fn what_is_well_formed_is_read() {
        for (text, format) in [(GOOD, Format::OpenMetrics), (&plain(), Format::Plain)] {
            let exposition = Exposition::read(text, format);
            assert_eq!(exposition.families["a_seconds"].kind, "histogram");
            assert_eq!(exposition.value("d_total", &[]), 7.0);
            assert_eq!(exposition.value("a_seconds_sum", &[("b", "c\"")]), 1.5);
        }
        assert!(Exposition::try_read(GOOD, Format::Plain).is_err());
        assert!(Exposition::try_read(&plain(), Format::OpenMetrics).is_err());
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for (good, bad) in [
            ("# EOF\n", ""),
            ("d_total 7", "d 7"),
            ("d_total 7", "d_total x"),
            ("d_total 7", "d_total -7"),
            ("d_total 7", "d_total 7\nd_total 8"),
            ("d_total 7", "e_total 7"),
            ("d counter", "d summary"),
            ("# TYPE d counter\n", ""),
            ("# HELP d Another", "# HELP a_seconds Another"),
            ("a_seconds seconds", "a_seconds bytes"),
            ("le=\"1.0\"", "le=\"+Inf\""),
            ("c\\\"\"} 1\n", "c\\\"\"} 3\n"),
            ("_count{b=\"c\\\"\"} 2", "_count{b=\"c\\\"\"} 3"),
            ("b=\"c\\\"\"} 1.5", "b=\"c\"\"} 1.5"),
            ("_sum{b=", "_sum{1b="),
        ] {
            let text = GOOD.replacen(good, bad, 1);
            assert_ne!(text, GOOD, "{good}");
            assert!(Exposition::try_read(&text, Format::OpenMetrics).is_err(), "{text}");
        }
    }
}

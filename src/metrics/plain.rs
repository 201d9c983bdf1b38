//! Metrics in the text format that Prometheus had before OpenMetrics.

/// Conversion of OpenMetrics to the text format 0.0.4.
///
/// The formats differ in the metadata of metrics. The older one has no units and no info metrics,
/// and names a counter after its sample. Samples are the same.
///
/// Source: [Exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
pub(super) fn of(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    // It stands before the type, on which the name depends.
    let mut help = None;
    for line in open_metrics.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("HELP"), Some(_), Some(sentence)) => help = Some(sentence),
            (Some("#"), Some("TYPE"), Some(name), Some(kind)) => {
                let (suffix, kind) = match kind {
                    "counter" => ("_total", kind),
                    "info" => ("_info", "gauge"),
                    _ => ("", kind),
                };
                if let Some(sentence) = help.take() {
                    text += &format!("# HELP {name}{suffix} {sentence}\n");
                }
                text += &format!("# TYPE {name}{suffix} {kind}\n");
            }
            (Some("#"), ..) => {}
            _ => {
                text += line;
                text.push('\n');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_types_are_those_of_the_older_format() {
        let open_metrics = "# HELP a What a is.\n# TYPE a counter\na_total{b=\"# HELP\"} 1\n\
            # HELP c Which c.\n# TYPE c info\nc_info{d=\"e\"} 1\n\
            # HELP f_seconds Time.\n# TYPE f_seconds gauge\n# UNIT f_seconds seconds\n\
            f_seconds 1.5\n# EOF\n";
        let plain = "# HELP a_total What a is.\n# TYPE a_total counter\na_total{b=\"# HELP\"} 1\n\
            # HELP c_info Which c.\n# TYPE c_info gauge\nc_info{d=\"e\"} 1\n\
            # HELP f_seconds Time.\n# TYPE f_seconds gauge\nf_seconds 1.5\n";
        assert_eq!(of(open_metrics), plain);
    }
}

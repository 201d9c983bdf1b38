//! Telemetry for operators, apart from the log.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::declaration::{Declaration as _, defaults};

/// Metrics, traces and slow operations.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Metrics and traces")]
pub struct TelemetrySettings {
    /// Where to serve metrics for Prometheus: off, main for /metrics on the main address, or the IP
    /// address and port of a separate listener
    #[arg(long, setting(), value_name = "WHERE", default_value = "off")]
    pub metrics: MetricsListen,

    /// Maximum number of operation names in metric labels; all others are counted as other
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 100)]
    #[arg(within = 0..=10_000_usize)]
    pub metrics_operation_names: usize,

    /// Collector to send traces to, by OTLP over plain HTTP, e.g. http://127.0.0.1:4318; if
    /// omitted, tracing is off
    #[arg(long, setting(), value_name = "URL")]
    pub otlp_endpoint: Option<OtlpEndpoint>,

    /// Fraction of requests to trace if the caller has not decided: 0 to 1
    #[arg(long, setting(), value_name = "RATIO", default_value = "1", value_parser = ratio)]
    pub trace_sample_ratio: f64,

    /// Threshold for logging a query or mutation as slow, in milliseconds; 0 disables it
    #[arg(long, setting(), value_name = "MILLISECONDS", default_value_t = 500)]
    #[arg(within = 0..=3_600_000_u64)]
    pub slow_query_milliseconds: u64,
}

impl TelemetrySettings {
    /// The threshold for logging a query or mutation as slow; none if this is disabled.
    pub fn slow_query(&self) -> Option<Duration> {
        let milliseconds = self.slow_query_milliseconds;
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
    }
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        defaults()
    }
}

/// Where metrics are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricsListen {
    /// Nowhere.
    Off,
    /// At `/metrics` of the address that everything is served at.
    Main,
    /// At `/metrics` of this address, which serves nothing else.
    Own(SocketAddr),
}

impl FromStr for MetricsListen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "main" => Ok(Self::Main),
            _ => text
                .parse()
                .map(Self::Own)
                .map_err(|_| "write off, main, or an IP address and a port, e.g. 127.0.0.1:9464"),
        }
    }
}

impl fmt::Display for MetricsListen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Main => f.write_str("main"),
            Self::Own(address) => address.fmt(f),
        }
    }
}

/// The address of a collector, without the path that OTLP adds, and without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpEndpoint(String);

impl OtlpEndpoint {
    /// The URL for traces.
    pub fn traces_url(&self) -> String {
        format!("{}/v1/traces", self.0)
    }
}

impl FromStr for OtlpEndpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hint = "write the address of a collector, e.g. http://127.0.0.1:4318";
        if text.starts_with("https://") {
            return Err("only plain HTTP is supported: run a collector on this machine, e.g. at \
                 http://127.0.0.1:4318, and let it forward over HTTPS");
        }
        let rest = text.strip_prefix("http://").ok_or(hint)?;
        let authority = rest.split('/').next().unwrap_or_default();
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%/:[]".contains(&byte);
        let port = authority.rsplit_once(':').filter(|_| !authority.ends_with(']'));
        let is_port = |(_, port): (&str, &str)| port.parse::<u16>().is_ok();
        let is_host = !authority.is_empty() && !authority.starts_with(':');
        if !is_host || !port.is_none_or(is_port) || !rest.bytes().all(is_allowed) {
            return Err(hint);
        }
        if text.ends_with("/v1/traces") {
            return Err("omit /v1/traces, which is added");
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

impl fmt::Display for OtlpEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn ratio(text: &str) -> Result<f64, &'static str> {
    let ratio = text.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or("write a number from 0 to 1, e.g. 0.01 for one request in a hundred")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_off_or_somewhere() {
        for text in ["off", "main", "127.0.0.1:9464", "[::1]:9464"] {
            assert_eq!(MetricsListen::from_str(text).unwrap().to_string(), text);
        }
        for text in ["", "on", "9464", "localhost:9464"] {
            assert!(MetricsListen::from_str(text).is_err(), "{text}");
        }
    }

    #[track_caller]
    fn endpoint(text: &str, expected: Result<&str, &str>) {
        let url = OtlpEndpoint::from_str(text).map(|endpoint| endpoint.traces_url());
        let is_as_expected = match (&url, expected) {
            (Ok(url), Ok(expected)) => url == expected,
            (Err(why), Err(expected)) => why.contains(expected),
            _ => false,
        };
        assert!(is_as_expected, "{text}: {url:?}");
    }

    #[test]
    fn a_collector_is_named_by_its_plain_address() {
        endpoint("http://127.0.0.1:4318", Ok("http://127.0.0.1:4318/v1/traces"));
        endpoint("http://collector:4318/", Ok("http://collector:4318/v1/traces"));
        endpoint("http://[::1]:4318", Ok("http://[::1]:4318/v1/traces"));
        endpoint("http://collector/otlp", Ok("http://collector/otlp/v1/traces"));
        endpoint("https://collector:4318", Err("only plain HTTP"));
        endpoint("http://collector:4318/v1/traces", Err("omit /v1/traces"));
        let hint = "e.g. http://127.0.0.1:4318";
        for text in ["", "collector:4318", "http://", "http://:4318", "http://a b", "http://a?b"] {
            endpoint(text, Err(hint));
        }
        for text in ["http://a:http", "http://a:65536", "http://a:", "http://name:secret@a"] {
            endpoint(text, Err(hint));
        }
    }

    #[test]
    fn a_ratio_lies_between_0_and_1() {
        for (text, expected) in [("0", 0.0), ("1", 1.0), ("0.25", 0.25)] {
            assert_eq!(ratio(text), Ok(expected));
        }
        for text in ["", "-0.1", "1.1", "NaN", "inf", "half"] {
            assert!(ratio(text).is_err(), "{text}");
        }
    }
}

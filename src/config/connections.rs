//! Limits on connections.

use std::time::Duration;

use clap::Args;
use ipnet::IpNet;

use super::declaration::{Declaration as _, any_seconds, defaults};
use super::values::{ForwardedHeader, header, host, network, origin};

/// Headers of tracing clients and of Apollo's clients.
const ALLOWED_HEADERS: &str = "traceparent,tracestate,baggage,apollo-require-preflight,\
                               apollographql-client-name,apollographql-client-version";

/// Settings of connections, for all requests.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connections")]
pub struct ConnectionSettings {
    /// Host names and IP addresses, without ports, that the server answers for in addition to
    /// localhost and loopback addresses, separated by commas; if omitted, any host, except that a
    /// loopback address open to anonymous callers answers for no others
    #[arg(long, setting(), value_name = "HOSTS", value_delimiter = ',', value_parser = host)]
    pub allowed_hosts: Vec<String>,

    /// Other origins (scheme, host and port) whose pages may use the API (CORS), separated by
    /// commas; the server's own origin is always allowed
    #[arg(long, setting(), value_name = "ORIGINS", value_delimiter = ',')]
    #[arg(value_parser = origin)]
    pub allowed_origins: Vec<String>,

    /// Additional request headers that pages of these origins may send (CORS), separated by commas
    #[arg(long, setting(), value_name = "HEADERS", default_value = ALLOWED_HEADERS)]
    #[arg(value_delimiter = ',', value_parser = header)]
    pub allowed_headers: Vec<String>,

    /// Trusted proxies, whose forwarding header (--forwarded-header) supplies the client's address
    /// for the log: IP addresses and networks such as 10.0.0.0/8, separated by commas
    #[arg(long, setting(), value_name = "NETWORKS", value_delimiter = ',')]
    #[arg(value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Header in which trusted proxies report the client's address: x-forwarded-for or forwarded;
    /// the other one is ignored, because clients can forge it
    #[arg(long, setting(), value_name = "HEADER", value_enum, default_value_t)]
    #[arg(hide_possible_values = true)]
    pub forwarded_header: ForwardedHeader,

    /// Maximum number of concurrent connections; further ones wait until one closes
    #[arg(long, setting(), value_name = "COUNT", default_value_t = 20_000)]
    #[arg(within = 1..=1_000_000_usize)]
    pub max_connections: usize,

    /// Time-out for receiving the header of a request, in seconds
    #[arg(long = "header-timeout-seconds", setting(), default_value = "10")]
    #[arg(value_parser = any_seconds, seconds = 1..=3600)]
    pub header_timeout: Duration,

    /// Time-out for receiving the body of a request, in seconds
    #[arg(long = "body-timeout-seconds", setting(), default_value = "10")]
    #[arg(value_parser = any_seconds, seconds = 1..=3600)]
    pub body_timeout: Duration,

    /// Time-out for a client that stops reading its response, in seconds
    #[arg(long = "write-timeout-seconds", setting(), default_value = "30")]
    #[arg(value_parser = any_seconds, seconds = 1..=3600)]
    pub write_timeout: Duration,

    /// Time-out for idle connections, in seconds
    #[arg(long = "idle-timeout-seconds", setting(), default_value = "75")]
    #[arg(value_parser = any_seconds, seconds = 1..=3600)]
    pub idle_timeout: Duration,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        defaults()
    }
}

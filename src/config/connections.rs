//! Limits on connections.

use std::time::Duration;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use ipnet::IpNet;

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
    #[arg(long, env = "REELGRAPH_ALLOWED_HOSTS", hide_env_values = true, value_name = "HOSTS")]
    #[arg(value_delimiter = ',', value_parser = host)]
    pub allowed_hosts: Vec<String>,

    /// Other origins (scheme, host and port) whose pages may use the API (CORS), separated by
    /// commas; the server's own origin is always allowed
    #[arg(long, env = "REELGRAPH_ALLOWED_ORIGINS", hide_env_values = true, value_name = "ORIGINS")]
    #[arg(value_delimiter = ',', value_parser = origin)]
    pub allowed_origins: Vec<String>,

    /// Additional request headers that pages of these origins may send (CORS), separated by commas
    #[arg(long, env = "REELGRAPH_ALLOWED_HEADERS", hide_env_values = true, value_name = "HEADERS")]
    #[arg(default_value = ALLOWED_HEADERS, value_delimiter = ',', value_parser = header)]
    pub allowed_headers: Vec<String>,

    /// Trusted proxies, whose forwarding header (--forwarded-header) supplies the client's address
    /// for the log: IP addresses and networks such as 10.0.0.0/8, separated by commas
    #[arg(long, env = "REELGRAPH_TRUSTED_PROXIES", hide_env_values = true)]
    #[arg(value_name = "NETWORKS", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// Header in which trusted proxies report the client's address: x-forwarded-for or forwarded;
    /// the other one is ignored, because clients can forge it
    #[arg(long, env = "REELGRAPH_FORWARDED_HEADER", hide_env_values = true, value_name = "HEADER")]
    #[arg(default_value = "x-forwarded-for", hide_possible_values = true)]
    pub forwarded_header: ForwardedHeader,

    /// Maximum number of concurrent connections; further ones wait until one closes: 1 to 1000000
    #[arg(long, env = "REELGRAPH_MAX_CONNECTIONS", hide_env_values = true, value_name = "COUNT")]
    #[arg(default_value = "20000")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000))]
    pub max_connections: usize,

    /// Time-out for receiving the header of a request, in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_HEADER_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "10")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub header_timeout_seconds: u64,

    /// Time-out for receiving the body of a request, in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_BODY_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "10")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub body_timeout_seconds: u64,

    /// Time-out for a client that stops reading its response, in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_WRITE_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "30")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub write_timeout_seconds: u64,

    /// Time-out for idle connections, in seconds: 1 to 3600
    #[arg(long, env = "REELGRAPH_IDLE_TIMEOUT_SECONDS", hide_env_values = true)]
    #[arg(value_name = "SECONDS", default_value = "75")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub idle_timeout_seconds: u64,
}

impl ConnectionSettings {
    /// Time-out for the header of a request.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout_seconds)
    }

    /// Time-out for the body of a request.
    pub fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_seconds)
    }

    /// Time-out for a client that stops reading.
    pub fn write_timeout(&self) -> Duration {
        Duration::from_secs(self.write_timeout_seconds)
    }

    /// Time-out for an idle connection.
    pub fn idle_timeout(&self) -> Duration {
        Duration::from_secs(self.idle_timeout_seconds)
    }
}

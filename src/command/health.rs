//! `reelgraph health`: checks whether the server on this machine is ready.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::Failure;
use super::output::print;
use crate::config::ServeSettings;

/// Time-out for each step: longer than the server itself waits for its library.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(settings: &ServeSettings) -> Result<(), Failure> {
    let address = reachable(settings.listen);
    let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(|error| {
        format!(
            "the server at {address} cannot be reached: {error}; it is not running, or it listens \
             on another address than --listen"
        )
    })?;
    let answer = ask(stream, address)
        .map_err(|error| format!("the server at {address} is not responding: {error}"))?;
    match answer.split(' ').nth(1) {
        Some("200") => print(format_args!("The server at {address} is ready.\n")),
        Some("503") => {
            Err(format!("the server at {address} is not ready; its log says why").into())
        }
        Some(_) => Err(format!(
            "the program that listens at {address} is not a Reelgraph server: it answers {answer:?}"
        )
        .into()),
        None => Err(format!("the server at {address} does not speak HTTP").into()),
    }
}

/// The address on which this machine itself reaches a server that listens on `address`.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The first line of the server's response.
fn ask(mut stream: TcpStream, address: SocketAddr) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request =
        format!("GET /health/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

//! The host of a request, and the hosts that the server answers for.
//!
//! A web page can make its own name resolve to this machine (DNS rebinding). The browser then
//! treats the server as the page's site and lets the page do whatever local programs can do. The
//! host in the request gives it away.
//!
//! Source: [RFC 9110, sections 7.2 and 7.4](https://www.rfc-editor.org/rfc/rfc9110#section-7.2).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Request, Uri, Version, header};

use super::refusal::Rejection;

/// The hosts that the server answers for.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// The most common host, byte for byte.
    usual: Vec<String>,
    /// The hosts that were set, as [`comparable`] writes them.
    allowed: Vec<String>,
    /// Whether only programs on the same machine can reach the server.
    is_local: bool,
}

impl Hosts {
    /// The hosts of a server that listens on this address, and these names or IP addresses.
    pub fn new(address: SocketAddr, allowed: &[String]) -> Self {
        let port = address.port();
        let mut usual = vec![address.to_string(), format!("localhost:{port}")];
        usual.extend(allowed.iter().cloned());
        let allowed = allowed.iter().map(|host| comparable(host)).collect();
        Self { usual, allowed, is_local: address.ip().to_canonical().is_loopback() }
    }

    /// Admits a request for one of these hosts, or for this machine. If none are set, only a server
    /// that admits anonymous callers from this machine (`accepts_anyone`) needs to check.
    ///
    /// # Errors
    /// When it is for another host, or for none.
    pub(super) fn check(
        &self,
        authority: &str,
        accepts_anyone: impl FnOnce() -> bool,
    ) -> Result<(), Rejection> {
        if self.usual.iter().any(|usual| usual == authority) {
            return Ok(());
        }
        let is_held = !self.allowed.is_empty() || self.is_local && accepts_anyone();
        let host = comparable(without_port(authority));
        if !is_held || is_this_machine(&host) || self.allowed.contains(&host) {
            return Ok(());
        }
        Err(Rejection::misdirected(&host, self.allowed.is_empty()))
    }
}

/// The host and port of a request; empty if there are none.
///
/// # Errors
/// When they are given twice, are malformed, or are missing but required.
pub(super) fn of<B>(request: &Request<B>) -> Result<&str, Rejection> {
    let mut hosts = request.headers().get_all(header::HOST).into_iter();
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Rejection::bad_request("the header Host is given twice: give it once"));
    }
    let host = host.map(HeaderValue::to_str).transpose();
    let host = host.ok().filter(|host| host.is_none_or(is_authority));
    let host = host.ok_or_else(|| malformed("the header Host"))?;
    match (request.uri().authority().map(Authority::as_str), host) {
        (_, None) if request.version() == Version::HTTP_11 => Err(Rejection::without_host()),
        (Some(authority), _) if is_authority(authority) => Ok(authority),
        (Some(_), _) => Err(malformed("the host in the URL")),
        (None, Some(host)) => Ok(host),
        (None, None) if request.version() < Version::HTTP_11 => Ok(""),
        (None, None) => Err(Rejection::without_host()),
    }
}

fn malformed(what: &str) -> Rejection {
    Rejection::bad_request(format!(
        "{what} must be a name or an IP address, with an optional port; IPv6 addresses are in \
         brackets"
    ))
}

/// The same for a request that [`of`] has already checked.
pub(super) fn known<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let host = || headers.get(header::HOST).and_then(|host| host.to_str().ok());
    uri.authority().map(Authority::as_str).or_else(host)
}

/// Whether a text is a host with or without a port. Only IPv6 addresses have brackets, and colons in the host.
///
/// Source: [RFC 3986, section 3.2](https://www.rfc-editor.org/rfc/rfc3986#section-3.2).
fn is_authority(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~%".contains(&byte);
    let (is_host, rest) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, rest))) => (is_ipv6(address), rest),
        Some(None) => return false,
        None => {
            let (host, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
            (host.bytes().all(is_allowed), rest)
        }
    };
    let port = rest.strip_prefix(':').unwrap_or(rest);
    let has_port = port.len() < rest.len() && port.bytes().all(|byte| byte.is_ascii_digit());
    is_host && (rest.is_empty() || has_port)
}

/// Whether it is an IPv6 address, with or without a zone.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~%".contains(&byte);
    address.parse::<Ipv6Addr>().is_ok() && zone.bytes().all(is_allowed)
}

/// The host of a host with or without a port.
fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// A host in normal form: lower case, without a final dot, and IPv6 addresses in their shortest
/// form.
fn comparable(host: &str) -> String {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<Ipv6Addr>() {
        Ok(address) => address.to_string(),
        Err(_) => host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase(),
    }
}

fn is_this_machine(host: &str) -> bool {
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    host == "localhost" || host.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(allowed: &[&str]) -> Hosts {
        let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
        Hosts::new("127.0.0.1:4000".parse().unwrap(), &allowed)
    }

    #[test]
    fn an_open_server_on_this_machine_answers_under_the_names_of_this_machine() {
        for host in [
            "127.0.0.1:4000",
            "localhost:4000",
            "LocalHost",
            "localhost.:80",
            "127.1.2.3",
            "[::1]:4000",
            "[0:0::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(local(&[]).check(host, || true).is_ok(), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:4000",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evil-localhost",
            "192.168.0.1:4000",
            "0.0.0.0:4000",
            "[::2]",
            "[::1",
            "::1]:4000:x",
        ] {
            let refusal = local(&[]).check(host, || true).expect_err(host);
            assert_eq!(refusal.status(), 421);
            assert!(refusal.message.contains("--allowed-hosts"), "{}", refusal.message);
            assert!(local(&[]).check(host, || false).is_ok(), "{host}");
        }
    }

    #[test]
    fn hosts_that_were_set_are_the_only_ones_wherever_the_server_listens() {
        let set = ["films.example", "::2", "192.168.0.7"].map(str::to_owned);
        for address in ["127.0.0.1:4000", "0.0.0.0:4000", "[::]:4000"] {
            let hosts = Hosts::new(address.parse().unwrap(), &set);
            for host in [
                "films.example",
                "FILMS.example:8443",
                "films.example.",
                "[::2]:1",
                "192.168.0.7:1",
                "localhost",
            ] {
                assert!(hosts.check(host, || false).is_ok(), "{host} at {address}");
            }
            for host in
                ["", "evil.example", "a.films.example", "films.example.evil.example", "[::3]"]
            {
                assert!(hosts.check(host, || false).is_err(), "{host} at {address}");
            }
        }
    }

    #[test]
    fn other_machines_reach_a_server_under_any_name_where_none_is_set() {
        let hosts = Hosts::new("0.0.0.0:4000".parse().unwrap(), &[]);
        assert!(hosts.check("films.example", || true).is_ok());
    }

    fn request(version: Version, uri: &str, hosts: &[&str]) -> Request<()> {
        let mut request = Request::get(uri).version(version);
        for host in hosts {
            request = request.header(header::HOST, *host);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn a_request_says_once_whom_it_is_for() {
        for (version, uri, hosts, expected) in [
            (Version::HTTP_11, "/", &["a:1"][..], "a:1"),
            (Version::HTTP_11, "/", &[""], ""),
            (Version::HTTP_11, "http://b:2/", &["a:1"], "b:2"),
            (Version::HTTP_2, "http://b:2/", &[], "b:2"),
            (Version::HTTP_2, "/", &["a"], "a"),
            (Version::HTTP_11, "/", &["[::1]"], "[::1]"),
            (Version::HTTP_11, "/", &["[fe80::1%25eth0]:80"], "[fe80::1%25eth0]:80"),
            (Version::HTTP_11, "/", &["a_b.~c%20:"], "a_b.~c%20:"),
            (Version::HTTP_10, "/", &[], ""),
        ] {
            let request = request(version, uri, hosts);
            assert_eq!(of(&request).unwrap(), expected, "{request:?}");
        }
        for (version, hosts) in [
            (Version::HTTP_11, &[][..]),
            (Version::HTTP_2, &[]),
            (Version::HTTP_11, &["a", "a"]),
            (Version::HTTP_10, &["a", "b"]),
            (Version::HTTP_11, &["a, b"]),
            (Version::HTTP_11, &["user@a"]),
            (Version::HTTP_11, &["a/b"]),
        ] {
            let request = request(version, "/", hosts);
            assert_eq!(of(&request).expect_err("no host").status(), 400, "{request:?}");
        }
        let with_user = request(Version::HTTP_2, "http://user@a/", &[]);
        assert_eq!(of(&with_user).expect_err("a user").status(), 400);
    }

    #[test]
    fn a_host_has_the_form_of_one() {
        for host in [
            "[::1",
            "::1]",
            "[::1]]",
            "[[::1]",
            "[]",
            "[::1]x",
            "[::1]80",
            "[::1]:x",
            "[a]",
            "[1.2.3.4]",
            "[::1%25a]b]",
            "a]",
            "a[",
            "a[::1]",
            "::1",
            "a:1:2",
            "a:x",
            "a:-1",
            "a b",
            "a\u{e9}",
        ] {
            let request = request(Version::HTTP_11, "/", &[host]);
            assert_eq!(of(&request).expect_err(host).status(), 400, "{host}");
        }
    }
}

//! The origin of a request: the address of the peer, or the one that trusted proxies report.
//!
//! A header of a request is trusted as far as trusted proxies wrote it. Each proxy appends the
//! address of its own peer; so the addresses are read from the last to the first, and the first one
//! that is not a trusted proxy's is the client's. Anything before it could be forged, and is
//! ignored.
//!
//! Source: [RFC 7239](https://www.rfc-editor.org/rfc/rfc7239).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

use crate::config::{ConnectionSettings, ForwardedHeader};

/// The header of most proxies.
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The maximum number of proxies on the way. A client can send any number of addresses.
const MAX_HOPS: usize = 32;

/// The address at the other end of the connection, as the server notes it on each request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub IpAddr);

/// The proxies that are believed when they say who sent a request.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies {
    /// Their addresses.
    pub networks: Vec<IpNet>,
    /// The header that they write. The other one is ignored: a proxy that does not write it passes
    /// on what the client wrote there.
    pub header: ForwardedHeader,
}

impl TrustedProxies {
    /// The proxies that the settings name.
    pub fn of(settings: &ConnectionSettings) -> Self {
        let ConnectionSettings { trusted_proxies, forwarded_header, .. } = settings;
        Self { networks: trusted_proxies.clone(), header: *forwarded_header }
    }

    /// The address of the client that sent a request with this header through this peer.
    pub(super) fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let (peer, trusted) = (peer.to_canonical(), &*self.networks);
        if !is_trusted(peer, trusted) {
            return peer;
        }
        match self.header {
            ForwardedHeader::XForwardedFor => {
                nearest_stranger(peer, elements(headers, &X_FORWARDED_FOR).map(node), trusted)
            }
            ForwardedHeader::Forwarded => {
                let nodes = elements(headers, &header::FORWARDED).map(forwarded_for);
                nearest_stranger(peer, nodes, trusted)
            }
        }
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// The elements of a list in a header, the last one first, in one line or several. Empty ones are
/// ignored.
fn elements<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h [u8]> {
    let lines = headers.get_all(name).into_iter().rev();
    let elements = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    elements.map(<[u8]>::trim_ascii).filter(|element| !element.is_empty())
}

/// Follows the proxies backward, up to an address that is not a trusted proxy's. If one does not
/// report its client, its own address is the result.
fn nearest_stranger(
    peer: IpAddr,
    nodes: impl Iterator<Item = Option<IpAddr>>,
    trusted: &[IpNet],
) -> IpAddr {
    let mut client = peer;
    for address in nodes.take(MAX_HOPS) {
        let Some(address) = address else { break };
        client = address;
        if !is_trusted(client, trusted) {
            break;
        }
    }
    client
}

/// An address with or without a port; none for anything else, such as `unknown` and made-up names.
fn node(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let bare = || text.parse::<IpAddr>().ok();
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok();
    let address = bare().or_else(|| Some(with_port()?.ip()));
    address.or_else(|| Some(in_brackets()?.into())).map(|address| address.to_canonical())
}

/// The `for` of an element of `Forwarded`.
///
/// A comma within quotes ends an element here as well. Forging that gains nothing: the part after
/// it has an unmatched quote, and is ignored.
fn forwarded_for(element: &[u8]) -> Option<IpAddr> {
    let mut found = None;
    for pair in element.split(|byte| *byte == b';').map(<[u8]>::trim_ascii) {
        if pair.is_empty() {
            continue;
        }
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (&pair[..equals], unquoted(&pair[equals + 1..])?);
        if name.eq_ignore_ascii_case(b"for") && found.replace(value).is_some() {
            return None;
        }
    }
    node(found?)
}

/// A value without its quotes; none if it is malformed. No address needs an escape.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    let inner = match value.strip_prefix(b"\"") {
        Some(rest) => rest.strip_suffix(b"\"")?,
        None => value,
    };
    (!inner.iter().any(|byte| b"\"\\".contains(byte))).then_some(inner)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn trusted(header: ForwardedHeader) -> TrustedProxies {
        let networks = ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"];
        TrustedProxies { networks: networks.map(|text| text.parse().unwrap()).to_vec(), header }
    }

    /// The result for these headers from the proxy at 127.0.0.1, which writes the first.
    fn client(headers: &[(&'static str, &[u8])]) -> String {
        client_at("127.0.0.1", headers)
    }

    fn client_at(peer: &str, headers: &[(&'static str, &[u8])]) -> String {
        let written = match headers {
            [("forwarded", _), ..] => ForwardedHeader::Forwarded,
            _ => ForwardedHeader::XForwardedFor,
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        trusted(written).address(peer.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn only_a_trusted_peer_is_believed() {
        let header: [(_, &[u8]); 1] = [("x-forwarded-for", b"192.0.2.1")];
        for (peer, expected) in [
            ("127.0.0.1", "192.0.2.1"),
            ("::ffff:127.0.0.1", "192.0.2.1"),
            ("fd00::1", "192.0.2.1"),
            ("192.0.2.9", "192.0.2.9"),
            ("::ffff:192.0.2.9", "192.0.2.9"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(client_at(peer, &header), expected, "{peer}");
        }
        assert_eq!(client(&[]), "127.0.0.1");
    }

    #[test]
    fn the_client_is_the_last_address_that_is_no_trusted_proxy() {
        for (lines, expected) in [
            (&["192.0.2.1"][..], "192.0.2.1"),
            (&["192.0.2.1:4711"], "192.0.2.1"),
            (&["2001:db8::1"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["::ffff:192.0.2.1"], "192.0.2.1"),
            (&["198.51.100.1, 192.0.2.1"], "192.0.2.1"),
            (&["198.51.100.1, 192.0.2.1 , 10.0.0.1"], "192.0.2.1"),
            (&["198.51.100.1, 10.0.0.2", "192.0.2.1", "10.0.0.1"], "192.0.2.1"),
            (&["10.0.0.2, 10.0.0.1"], "10.0.0.2"),
            (&["192.0.2.1,,"], "192.0.2.1"),
            // Whoever made this up came from 192.0.2.1 all the same.
            (&["\u{fc}nknown, 192.0.2.1"], "192.0.2.1"),
            (&["\"a, 192.0.2.1"], "192.0.2.1"),
        ] {
            let headers: Vec<(&'static str, &[u8])> =
                lines.iter().map(|line| ("x-forwarded-for", line.as_bytes())).collect();
            assert_eq!(client(&headers), expected, "{lines:?}");
        }
    }

    #[test]
    fn where_a_proxy_does_not_say_who_came_the_proxy_is_what_is_known() {
        for value in [
            "unknown",
            "_hidden",
            "192.0.2.1 192.0.2.2",
            "192.0.2.1:",
            "192.0.2.1:65536",
            "192.0.2.256",
            "192.0.2.01",
            "2001:db8::1]:80",
            "[192.0.2.1]",
            "fe80::1%eth0",
            "example.com",
            "\"192.0.2.1\"",
            "192.0.2.1, unknown",
        ] {
            assert_eq!(client(&[("x-forwarded-for", value.as_bytes())]), "127.0.0.1", "{value}");
            let value = format!("{value}, 10.0.0.1");
            assert_eq!(client(&[("x-forwarded-for", value.as_bytes())]), "10.0.0.1", "{value}");
        }
        assert_eq!(client(&[("x-forwarded-for", b"\xff")]), "127.0.0.1");
    }

    #[test]
    fn forwarded_is_read_as_its_standard_has_it() {
        for (value, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            ("proto=http; for=\"192.0.2.60:_x\"", "127.0.0.1"),
            ("for=198.51.100.1, for=192.0.2.1, for=10.0.0.1;by=10.0.0.2", "192.0.2.1"),
            ("for=192.0.2.1:80", "192.0.2.1"),
            ("for=192.0.2.1;", "192.0.2.1"),
            ("for=unknown", "127.0.0.1"),
            ("for=_SEVKISEK", "127.0.0.1"),
            ("for=\"_mdn\"", "127.0.0.1"),
            ("proto=http", "127.0.0.1"),
            ("192.0.2.1", "127.0.0.1"),
            ("for=192.0.2.1;for=192.0.2.2", "127.0.0.1"),
            ("for=192.0.2.1\"", "127.0.0.1"),
            ("for=\"192.0.2.1", "127.0.0.1"),
            ("for=\"192.0.2.\\1\"", "127.0.0.1"),
            // What a client writes cannot hide what the proxy adds behind it.
            ("for=\"a, for=192.0.2.1", "192.0.2.1"),
            // And what it has the proxy quote is not taken for what the proxy says.
            ("for=192.0.2.1;host=\"a, for=198.51.100.1\"", "127.0.0.1"),
            ("for=192.0.2.1;host=\"a, for=198.51.100.1;a=\"", "127.0.0.1"),
            ("for=192.0.2.1;host=\"a, for=198.51.100.1;a=\\\"b\\\"\"", "127.0.0.1"),
            ("for=192.0.2.1;host=\"a, for=198.51.100.1, b\"", "127.0.0.1"),
        ] {
            assert_eq!(client(&[("forwarded", value.as_bytes())]), expected, "{value}");
        }
    }

    #[test]
    fn the_header_that_proxies_do_not_write_is_ignored() {
        let one: (_, &[u8]) = ("forwarded", b"for=192.0.2.1");
        let other: (_, &[u8]) = ("x-forwarded-for", b"192.0.2.2");
        assert_eq!(client(&[one, other]), "192.0.2.1");
        assert_eq!(client(&[other, one]), "192.0.2.2");
        let mut headers = HeaderMap::new();
        headers.insert(other.0, HeaderValue::from_bytes(other.1).unwrap());
        let proxies = trusted(ForwardedHeader::Forwarded);
        let peer: IpAddr = "127.0.0.1".parse().unwrap();
        assert_eq!(proxies.address(peer, &headers), peer);
    }

    #[test]
    fn no_more_hops_are_looked_at_than_there_can_be() {
        let hops = "192.0.2.1".to_owned() + &", 10.0.0.1".repeat(MAX_HOPS - 1);
        assert_eq!(client(&[("x-forwarded-for", hops.as_bytes())]), "192.0.2.1");
        let one_more = hops + ", 10.0.0.1";
        assert_eq!(client(&[("x-forwarded-for", one_more.as_bytes())]), "10.0.0.1");
    }

    proptest! {
        /// Whatever a client sends, the proxy adds its address, and that is the result.
        #[test]
        fn nobody_can_hide_what_the_proxy_adds(forged in r#"[ -~]{0,60}"#) {
            let value = format!("{forged}, 192.0.2.1");
            prop_assert_eq!(client(&[("x-forwarded-for", value.as_bytes())]), "192.0.2.1");
            let value = format!("{forged}, for=192.0.2.1;proto=https");
            prop_assert_eq!(client(&[("forwarded", value.as_bytes())]), "192.0.2.1");
        }
    }
}

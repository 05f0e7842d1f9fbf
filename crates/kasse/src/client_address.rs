//! Who is at the other end of a request.
//!
//! The socket says it. Only where the socket's peer is a declared proxy is `X-Forwarded-For` asked, from the right, and the first hop that
//! is no declared proxy is the client; whatever stands further left may be invented.

use std::net::IpAddr;

use axum::{extract::Request, http::HeaderMap};

use domain::target::Network;

use crate::server::Peer;

/// The client's address, where the request came by a socket.
pub(crate) fn of(request: &Request, proxies: &[Network]) -> Option<IpAddr> {
    let peer = request.extensions().get::<Peer>()?.0.ip();
    Some(client(peer, request.headers(), proxies))
}

fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[Network]) -> IpAddr {
    let is_proxy = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    if !is_proxy(peer) {
        return peer;
    }
    let hops = headers.get_all("x-forwarded-for").iter().rev().filter_map(|value| value.to_str().ok());
    let mut last_known = peer;
    for hop in hops.flat_map(|value| value.rsplit(',')) {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { return last_known };
        if !is_proxy(address) {
            return address;
        }
        last_known = address;
    }
    last_known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_declared_proxy_is_believed_and_only_about_its_own_peer() {
        let proxies: Vec<Network> = vec!["10.0.0.0/8".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("192.0.2.1", vec!["203.0.113.5"], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["203.0.113.5"], "203.0.113.5"),
            ("10.0.0.1", vec!["1.1.1.1, 203.0.113.5"], "203.0.113.5"),
            ("10.0.0.1", vec!["1.1.1.1", "203.0.113.5"], "203.0.113.5"),
            ("10.0.0.1", vec!["1.1.1.1, 203.0.113.5, 10.0.0.2"], "203.0.113.5"),
            ("10.0.0.1", vec!["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", vec!["203.0.113.5, junk"], "10.0.0.1"),
            ("10.0.0.1", vec!["203.0.113.5, junk, 10.0.0.2"], "10.0.0.2"),
        ] {
            let mut headers = HeaderMap::new();
            for value in &forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            let found = client(peer.parse().unwrap(), &headers, &proxies);
            assert_eq!(found.to_string(), expected, "{peer} {forwarded:?}");
        }
    }
}

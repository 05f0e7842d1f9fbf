//! Which peers count as one client when connections are rationed.
//!
//! An IPv4 address counts alone, also when it arrives mapped into IPv6. An IPv6 customer owns at least a whole /64 and
//! could use a fresh address for every connection, so the /64 is the client. Nothing is looked up or remembered here.

use std::net::{IpAddr, Ipv6Addr};

/// The part of an IPv6 address that names a network rather than a host in it.
const NETWORK: u128 = !0 << 64;

pub(super) fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
    }
}

#[cfg(test)]
mod tests {
    use super::client;
    use std::net::IpAddr;

    fn of(text: &str) -> IpAddr {
        client(text.parse().unwrap())
    }

    #[test]
    fn one_network_is_one_client() {
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }
}

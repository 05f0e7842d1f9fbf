//! Ranges of addresses, as they are written in settings and in the registries of special addresses.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// A range of addresses: all that begin with the same bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: IpAddr,
    /// How many bits are the same.
    bits: u8,
}

/// A text that names no range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadNetwork;

impl fmt::Display for BadNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is no address or network like 10.0.0.1 or 10.0.0.0/8")
    }
}

impl Error for BadNetwork {}

impl Network {
    pub(super) const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Self {
        Self { address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits }
    }

    /// All IPv6 addresses whose highest bits are these.
    pub(super) const fn v6(highest: u128, bits: u8) -> Self {
        Self { address: IpAddr::V6(Ipv6Addr::from_bits(highest)), bits }
    }

    /// Whether the address lies in the range. IPv4 written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                agree(ours.to_bits().into(), theirs.to_bits().into(), 32_u8.saturating_sub(self.bits))
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                agree(ours.to_bits(), theirs.to_bits(), 128_u8.saturating_sub(self.bits))
            }
            _ => false,
        }
    }
}

/// Whether two addresses are the same without their lowest bits.
fn agree(one: u128, other: u128, ignored_bits: u8) -> bool {
    (one ^ other).checked_shr(ignored_bits.into()).unwrap_or(0) == 0
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| BadNetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().map_err(|_| BadNetwork)?,
            Some(_) => return Err(BadNetwork),
            None => longest,
        };
        if bits > longest { Err(BadNetwork) } else { Ok(Self { address, bits }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_first_and_last_address_and_not_the_ones_beside_it() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
            ("172.16.0.0/12", ["172.16.0.0", "172.31.255.255"], ["172.15.255.255", "172.32.0.0"]),
            ("192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.6", "192.0.2.8"]),
            ("fc00::/7", ["fc00::", "fdff:ffff::1"], ["fbff::1", "fe00::"]),
            ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::", "::1"]),
            ("::/0", ["::", "ffff::"], ["0.0.0.0", "::ffff:1.2.3.4"]),
        ] {
            let network: Network = network.parse().unwrap();
            for address in inside {
                assert!(network.contains(address.parse().unwrap()), "{network:?} {address}");
            }
            for address in outside {
                assert!(!network.contains(address.parse().unwrap()), "{network:?} {address}");
            }
        }
        for bad in ["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "::/129", "10.0.0/8", "host", "010.0.0.0/8"] {
            assert_eq!(bad.parse::<Network>(), Err(BadNetwork), "{bad}");
        }
    }
}

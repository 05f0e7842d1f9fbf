//! What an address is: one that means the same everywhere, one that means something only near here, or one no merchant's message goes to.
//!
//! The ranges are those of the registries of special addresses, and beside them the addresses under which clouds tell a machine its secrets.
//! An IPv6 address that carries an IPv4 address inside is never better than the one it carries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::network::Network;

/// What an address is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Nobody's receiver, in no mode: link-local, cloud metadata, unspecified, multicast, broadcast, reserved.
    Never,
    /// Loopback, private, or otherwise not the same machine for everybody.
    Near,
    /// A global unicast address.
    Far,
}

const NEVER_V4: &[Network] = &[
    // "This network"; systems take it for themselves.
    Network::v4(0, 0, 0, 0, 8),
    // Link-local, with the metadata of most clouds at 169.254.169.254.
    Network::v4(169, 254, 0, 0, 16),
    // Metadata of clouds that do not use a link-local address.
    Network::v4(100, 100, 100, 200, 32),
    Network::v4(168, 63, 129, 16, 32),
    Network::v4(192, 0, 0, 192, 32),
    // Multicast; reserved, with the broadcast address as its last.
    Network::v4(224, 0, 0, 0, 4),
    Network::v4(240, 0, 0, 0, 4),
];

const NEAR_V4: &[Network] = &[
    Network::v4(10, 0, 0, 0, 8),
    Network::v4(100, 64, 0, 0, 10),
    Network::v4(127, 0, 0, 0, 8),
    Network::v4(172, 16, 0, 0, 12),
    // Protocol assignments, documentation, the former relays of 6to4, benchmarks.
    Network::v4(192, 0, 0, 0, 24),
    Network::v4(192, 0, 2, 0, 24),
    Network::v4(192, 88, 99, 0, 24),
    Network::v4(192, 168, 0, 0, 16),
    Network::v4(198, 18, 0, 0, 15),
    Network::v4(198, 51, 100, 0, 24),
    Network::v4(203, 0, 113, 0, 24),
];

const NEVER_V6: &[Network] = &[
    // Unspecified.
    Network::v6(0, 128),
    // Link-local, and site-local, which it once was; multicast.
    Network::v6(0xfe80 << 112, 10),
    Network::v6(0xfec0 << 112, 10),
    Network::v6(0xff00 << 112, 8),
    // Metadata of clouds: fd00:ec2::254, fd20:ce::254, fd00:c1::a9fe:a9fe.
    Network::v6((0xfd00_0ec2 << 96) | 0x254, 128),
    Network::v6((0xfd20_00ce << 96) | 0x254, 128),
    Network::v6((0xfd00_00c1 << 96) | 0xa9fe_a9fe, 128),
];

/// All that IPv6 gives out as global unicast. What lies outside is near at best: loopback, unique local, discard, segment routing.
const UNICAST_V6: Network = Network::v6(0x2000 << 112, 3);

/// What is special inside of it.
const NEAR_V6: &[Network] = &[
    // Protocol assignments, with Teredo; documentation; 6to4; documentation again.
    Network::v6(0x2001 << 112, 23),
    Network::v6(0x2001_0db8 << 96, 32),
    Network::v6(0x2002 << 112, 16),
    Network::v6(0x3fff << 112, 20),
];

impl Kind {
    pub(super) fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let is_in = |networks: &[Network]| networks.iter().any(|network| network.contains(address));
        match address {
            IpAddr::V4(_) if is_in(NEVER_V4) => Self::Never,
            IpAddr::V4(_) if is_in(NEAR_V4) => Self::Near,
            IpAddr::V4(_) => Self::Far,
            IpAddr::V6(_) if is_in(NEVER_V6) => Self::Never,
            // The loopback address has the form of one that carries 0.0.0.1.
            IpAddr::V6(Ipv6Addr::LOCALHOST) => Self::Near,
            IpAddr::V6(v6) if carried(v6).any(|v4| Self::of(IpAddr::V4(v4)) == Self::Never) => Self::Never,
            IpAddr::V6(_) if UNICAST_V6.contains(address) && !is_in(NEAR_V6) => Self::Far,
            IpAddr::V6(_) => Self::Near,
        }
    }
}

/// The IPv4 addresses that an IPv6 address may stand for, by the mechanism its prefix belongs to.
fn carried(v6: Ipv6Addr) -> impl Iterator<Item = Ipv4Addr> {
    /// The old form `::a.b.c.d`.
    const COMPATIBLE: Network = Network::v6(0, 96);
    /// Translation to IPv4, by everybody's prefix and by a network's own.
    const TRANSLATED: Network = Network::v6(0x0064_ff9b << 96, 96);
    const TRANSLATED_HERE: Network = Network::v6(0x0064_ff9b_0001 << 80, 48);
    const SIX_TO_FOUR: Network = Network::v6(0x2002 << 112, 16);
    const TEREDO: Network = Network::v6(0x2001 << 112, 32);

    let bits = v6.to_bits();
    let is_in = |network: Network| network.contains(IpAddr::V6(v6));
    let lowest = word(bits, 0);
    // With a prefix of 48 bits the eight bits from the 64th on are skipped.
    let around = (word(bits, 64) << 16) | (word(bits, 40) & 0xffff);
    let found = [
        (is_in(COMPATIBLE) || is_in(TRANSLATED) || is_in(TRANSLATED_HERE)).then_some(lowest),
        is_in(TRANSLATED_HERE).then_some(around),
        is_in(SIX_TO_FOUR).then_some(word(bits, 80)),
        // The server, and the client with all its bits turned over.
        is_in(TEREDO).then_some(word(bits, 64)),
        is_in(TEREDO).then_some(!lowest),
    ];
    // Nothing at all is what the other forms of an address leave in this place.
    found.into_iter().flatten().filter(|bits| *bits != 0).map(Ipv4Addr::from_bits)
}

/// The 32 bits above so many lower ones.
#[expect(clippy::cast_possible_truncation, reason = "the bits above are what is to be left out")]
const fn word(bits: u128, lower: u32) -> u32 {
    (bits >> lower) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_no_better_than_the_one_it_carries() {
        for (address, expected) in [
            ("::ffff:169.254.169.254", Kind::Never),
            ("::ffff:8.8.8.8", Kind::Far),
            ("::ffff:127.0.0.1", Kind::Near),
            ("::169.254.169.254", Kind::Never),
            ("::8.8.8.8", Kind::Near),
            ("64:ff9b::169.254.169.254", Kind::Never),
            ("64:ff9b::8.8.8.8", Kind::Near),
            ("64:ff9b:1::169.254.169.254", Kind::Never),
            // 169.254.169.254 after a prefix of 48 bits, around the skipped eight.
            ("64:ff9b:1:a9fe:a9:fe00::", Kind::Never),
            ("64:ff9b:1:808:8:800::", Kind::Near),
            ("64:ff9b:1::8.8.8.8", Kind::Near),
            ("2002:a9fe:a9fe::1", Kind::Never),
            ("2002:808:808::1", Kind::Near),
            ("2001::5601:5601", Kind::Never),
            ("2001:0:808:808::f7f7:f7f7", Kind::Near),
            ("::1", Kind::Near),
            ("::", Kind::Never),
        ] {
            assert_eq!(Kind::of(address.parse().unwrap()), expected, "{address}");
        }
    }
}

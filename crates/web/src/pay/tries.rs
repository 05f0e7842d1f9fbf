//! How many numbers are taken from one address on the network, so that nobody can find out who can pay by trying.
//!
//! Each node counts for itself and remembers nothing across a restart: what is bounded for good is how often a payment takes a number.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use domain::time::{Span, Timestamp};

/// The most numbers taken from one address in [`WINDOW`].
pub(crate) const TRIES_MAX: u32 = 20;
/// How long they are counted together, from the first.
pub(crate) const WINDOW: Span = Span::minutes(60);
/// The most addresses kept; those whose time is over go first.
const ADDRESSES_MAX: usize = 100_000;

/// What came from which address.
#[derive(Default)]
pub(crate) struct Tries(Mutex<HashMap<IpAddr, (Timestamp, u32)>>);

impl Tries {
    /// Counts a number from there, and says whether it may be tried.
    pub(crate) fn count(&self, client: IpAddr, now: Timestamp) -> bool {
        let client = whole(client);
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= ADDRESSES_MAX && !tries.contains_key(&client) {
            tries.retain(|_, (began, _)| now < began.plus(WINDOW));
            if tries.len() >= ADDRESSES_MAX {
                tries.clear();
            }
        }
        let (began, count) = tries.entry(client).or_insert((now, 0));
        if now >= began.plus(WINDOW) || now < *began {
            (*began, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= TRIES_MAX
    }
}

/// Whoever has an address of version 6 has all that share its first half.
fn whole(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        },
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_milliseconds(1_000_000);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn twenty_are_taken_in_an_hour_and_the_next_is_not() {
        let tries = Tries::default();
        let from = |client: &str, after| tries.count(address(client), START.plus(after));
        assert!((0..TRIES_MAX).all(|_| from("192.0.2.1", Span::minutes(0))));
        assert!(!from("192.0.2.1", WINDOW.minus(Span::milliseconds(1))));
        assert!(from("192.0.2.2", Span::minutes(0)), "somebody else");
        assert!(from("192.0.2.1", WINDOW));
    }

    #[test]
    fn neighbours_in_one_network_of_version_6_are_one() {
        let tries = Tries::default();
        let from = |client: &str| tries.count(address(client), START);
        assert!((0..TRIES_MAX).all(|host| from(&format!("2001:db8::{host}"))));
        assert!(!from("2001:db8::ffff:1"));
        assert!(from("2001:db8:0:1::1"));
        assert!((0..TRIES_MAX).all(|_| from("192.0.2.1")));
        assert!(!from("::ffff:192.0.2.1"), "the same, written otherwise");
    }

    #[test]
    fn addresses_are_bounded() {
        let tries = Tries::default();
        for host in 0..=u32::try_from(ADDRESSES_MAX).unwrap() {
            tries.count(IpAddr::from(host.to_be_bytes()), START);
        }
        assert!(tries.0.lock().unwrap().len() <= ADDRESSES_MAX);
    }
}

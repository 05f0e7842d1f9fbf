//! Where a message may go: a URL judged without looking anything up, and an address judged before it is dialled.
//!
//! Both are answered by the same [`Targets`], so that what was accepted at registration and what is refused later differ only by what a
//! name turned out to mean. Needs the standard library and nothing of the house. A name is never resolved here, and nothing is connected.

mod address;
mod network;
mod refusal;
mod url;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use self::address::Kind;
pub use self::{
    network::{BadNetwork, Network},
    refusal::Refusal,
    url::{Host, Target},
};

/// Ports a receiver in production may listen on without anybody having to say so.
pub const COMMON_PORTS: [u16; 3] = [80, 443, 8080];

/// Which targets are allowed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Targets {
    /// Whether a receiver without TLS is one.
    plain: bool,
    /// Whether addresses that only mean something near this machine are receivers: loopback, private and other special ones.
    near: bool,
    /// The ports; any where nothing is listed.
    ports: Option<Vec<u16>>,
    /// Networks that are allowed although they are near.
    opened: Vec<Network>,
    /// Networks that are refused although they would be allowed.
    closed: Vec<Network>,
}

/// An address that may be dialled. Only [`Targets::admit`] makes one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Admitted(SocketAddr);

impl Admitted {
    /// The address, an IPv4 address always as one.
    pub const fn address(self) -> SocketAddr {
        self.0
    }
}

impl Targets {
    /// Whatever a developer runs: with and without TLS, any port, this machine and its neighbours too.
    pub const fn sandbox() -> Self {
        Self { plain: true, near: true, ports: None, opened: Vec::new(), closed: Vec::new() }
    }

    /// Receivers in the open: TLS, [`COMMON_PORTS`], addresses that mean the same everywhere.
    pub fn production() -> Self {
        let ports = Some(COMMON_PORTS.to_vec());
        Self { plain: false, near: false, ports, opened: Vec::new(), closed: Vec::new() }
    }

    /// The same without this machine and its neighbours, unless their networks are opened.
    #[must_use]
    pub fn far_only(self) -> Self {
        Self { near: false, ..self }
    }

    /// The same with these ports too.
    #[must_use]
    pub fn with_ports(mut self, ports: &[u16]) -> Self {
        if let Some(own) = &mut self.ports {
            own.extend_from_slice(ports);
        }
        self
    }

    /// The same with these networks too. What may never be dialled stays closed inside them.
    #[must_use]
    pub fn opening(mut self, networks: &[Network]) -> Self {
        self.opened.extend_from_slice(networks);
        self
    }

    /// The same without these networks, the installation's own public addresses for one.
    #[must_use]
    pub fn closing(mut self, networks: &[Network]) -> Self {
        self.closed.extend_from_slice(networks);
        self
    }

    /// Reads a URL that somebody wants messages at, and says why not if it may not be one.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn judge(&self, url: &str) -> Result<Target, Refusal> {
        let target = Target::parse(url)?;
        if !self.plain && !target.is_secure() {
            return Err(Refusal::NotSecure);
        }
        if self.ports.as_ref().is_some_and(|ports| !ports.contains(&target.port())) {
            return Err(Refusal::Port);
        }
        match target.host() {
            Host::Address(address) if self.admits(*address) => Ok(target),
            Host::Address(_) => Err(Refusal::Address),
            Host::Name(name) if is_localhost(name) && !self.admits_localhost() => Err(Refusal::Localhost),
            Host::Name(_) => Ok(target),
        }
    }

    /// The address as one that may be dialled, if it may.
    pub fn admit(&self, address: SocketAddr) -> Option<Admitted> {
        let ip = address.ip().to_canonical();
        self.admits(ip).then(|| Admitted(SocketAddr::new(ip, address.port())))
    }

    /// Whether the address may be dialled.
    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_in = |networks: &[Network]| networks.iter().any(|network| network.contains(address));
        match Kind::of(address) {
            Kind::Never => false,
            _ if is_in(&self.closed) => false,
            Kind::Near => self.near || is_in(&self.opened),
            Kind::Far => true,
        }
    }

    fn admits_localhost(&self) -> bool {
        self.admits(IpAddr::V4(Ipv4Addr::LOCALHOST)) || self.admits(IpAddr::V6(Ipv6Addr::LOCALHOST))
    }
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

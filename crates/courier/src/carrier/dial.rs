//! From a target to an open connection, or to why there is none.
//!
//! The one place that connects to anything. It connects to [`Admitted`] addresses only, and those are made here, from what a name means at
//! this moment. Each step has its own limit; the limit of connecting is shared out among the addresses that are left, so that one that is
//! dead does not cost the others their turn.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use rustls::pki_types::ServerName;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::TlsConnector;

use super::{
    Failed, Limits, Trust,
    look_ups::{LookUps, Resolve},
    pool::Stream,
};
use domain::target::{Admitted, Host, Target, Targets};

/// Most addresses of a name that are tried in one attempt.
pub const ADDRESSES_TRIED_MAX: usize = 4;

/// Opens connections.
pub(super) struct Dialler {
    targets: Targets,
    limits: Limits,
    look_ups: LookUps,
    tls: TlsConnector,
}

impl Dialler {
    pub(super) fn new(targets: Targets, trust: &Trust, limits: Limits, resolver: Arc<dyn Resolve>) -> Self {
        Self { targets, limits, look_ups: LookUps::new(resolver), tls: TlsConnector::from(trust.config()) }
    }

    pub(super) const fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Connects to a target, and speaks TLS with it where it asks for that.
    pub(super) async fn dial(&self, target: &Target) -> Result<Stream, Failed> {
        let admitted = self.addresses(target).await?;
        let tcp = self.connect(&admitted).await?;
        // A message is written at once, so there is nothing to wait for. If this fails, the connection is gone, and that will be noticed.
        let _ = tcp.set_nodelay(true);
        if !target.is_secure() {
            return Ok(Box::new(tcp));
        }
        let name = server_name(target.host()).ok_or(Failed::Tls)?;
        match timeout(self.limits.tls, self.tls.connect(name, tcp)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            // Also where the receiver only closes: that is how many say that they do not like what they were offered.
            Ok(Err(_)) => Err(Failed::Tls),
            Err(_) => Err(Failed::Timeout),
        }
    }

    /// The addresses to try, in this order.
    async fn addresses(&self, target: &Target) -> Result<Vec<Admitted>, Failed> {
        let found = match target.host() {
            Host::Address(address) => vec![*address],
            Host::Name(name) => {
                let found = timeout(self.limits.dns, self.look_ups.look_up(name)).await;
                found.ok().flatten().filter(|found| !found.is_empty()).ok_or(Failed::Dns)?.to_vec()
            }
        };
        let may_be = found.into_iter().filter(|address| self.targets.admits(*address)).collect();
        let admit = |address| self.targets.admit(SocketAddr::new(address, target.port()));
        let admitted: Vec<Admitted> = in_turn(may_be).into_iter().filter_map(admit).collect();
        if admitted.is_empty() { Err(Failed::Blocked) } else { Ok(admitted) }
    }

    /// Connects to the first that takes the connection.
    async fn connect(&self, admitted: &[Admitted]) -> Result<TcpStream, Failed> {
        let deadline = Instant::now() + self.limits.connect;
        let mut failed = Failed::Refused;
        for (tried, address) in admitted.iter().enumerate() {
            let left = u32::try_from(admitted.len().saturating_sub(tried)).unwrap_or(u32::MAX);
            let share = deadline.saturating_duration_since(Instant::now()) / left.max(1);
            failed = match timeout(share, TcpStream::connect(address.address())).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Failed::Timeout,
                Ok(Err(_)) => Failed::Refused,
                Err(_) => Failed::Timeout,
            };
        }
        Err(failed)
    }
}

/// The first addresses, each once, and the two families in turn: where one of them leads nowhere, the other is among the first.
fn in_turn(found: Vec<IpAddr>) -> Vec<IpAddr> {
    let is_first_kind = found.first().is_some_and(IpAddr::is_ipv6);
    let (first, second): (Vec<IpAddr>, Vec<IpAddr>) = found.into_iter().partition(|ip| ip.is_ipv6() == is_first_kind);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut ordered: Vec<IpAddr> = Vec::new();
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] || ordered.len() >= ADDRESSES_TRIED_MAX {
            return ordered;
        }
        for address in pair.into_iter().flatten() {
            if ordered.len() < ADDRESSES_TRIED_MAX && !ordered.contains(&address) {
                ordered.push(address);
            }
        }
    }
}

/// Whose name the certificate has to bear.
fn server_name(host: &Host) -> Option<ServerName<'static>> {
    match host {
        Host::Name(name) => ServerName::try_from(name.clone()).ok(),
        Host::Address(address) => Some(ServerName::IpAddress((*address).into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns() {
        let order = |given: &[&str]| -> Vec<String> {
            let given = given.iter().map(|address| address.parse().unwrap()).collect();
            in_turn(given).iter().map(ToString::to_string).collect()
        };
        assert_eq!(order(&["::1", "::2", "::3", "1.1.1.1", "1.1.1.1"]), ["::1", "1.1.1.1", "::2", "::3"]);
        assert_eq!(order(&["1.1.1.1", "1.1.1.2", "::1"]), ["1.1.1.1", "::1", "1.1.1.2"]);
        assert_eq!(
            order(&["1.1.1.1", "::1", "1.1.1.2", "1.1.1.3", "1.1.1.4"]),
            ["1.1.1.1", "::1", "1.1.1.2", "1.1.1.3"]
        );
        assert_eq!(order(&[]), [""; 0]);
    }
}

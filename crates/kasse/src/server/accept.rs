//! The accept loop: one listener, one task per connection, an orderly end.
//!
//! It promises to keep accepting whatever `accept` returns, to hold no more connections than allowed in all and per
//! client, and on stop to close the listener first, let running requests finish and report how many it had to cut
//! off. It never waits for a single connection or handshake, and it never talks to the peer itself.

use super::address;
use super::connection::Connections;
use super::limits::Limits;
use super::pause::{Pause, concerns_one_connection};
use super::roster::Roster;
use axum::Router;
use rustls::ServerConfig;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How a stop went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a connection that was cut off is worth a word in the log"]
pub struct Drained {
    /// Connections still busy at the drain deadline, which were ended all the same.
    pub cut_off: usize,
}

/// What is spoken on a listener.
#[derive(Clone, Debug)]
pub enum Transport {
    /// HTTP as it is.
    Plain,
    /// HTTP inside TLS. A connection is given what is in here when it is accepted, and keeps that.
    Tls(watch::Receiver<Arc<ServerConfig>>),
}

/// Serves `app` on `listener` until `stop` resolves, then drains.
///
/// `exempt` says which addresses are not counted against the limit per address: loopback and declared proxies in
/// production. It gets the address in its plain form (IPv4 is not mapped into IPv6). Dropping the returned future
/// closes the listener and every connection at once.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    transport: Transport,
    limits: Limits,
    exempt: impl Fn(IpAddr) -> bool,
    stop: impl Future<Output = ()>,
) -> Drained {
    let connections = Connections::new(app, transport, limits);
    let mut roster = Roster::new();
    let mut pause = Pause::default();
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            // Those who leave are struck off before anyone is let in, so that the counts are never stale.
            biased;
            () = &mut stop => break,
            Some(()) = roster.leave() => {}
            accepted = next(&listener, &mut pause), if roster.len() < limits.connections_max => {
                let Some((stream, peer)) = accepted else { continue };
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                let client = (!exempt(peer.ip())).then(|| address::client(peer.ip()));
                if let (Some(client), Some(max)) = (client, limits.connections_per_address_max)
                    && roster.of_client(client) >= max
                {
                    tracing::debug!(%client, max, "too many connections of one client; closed");
                    continue;
                }
                roster.enter(client, |stopped| connections.run(stream, peer, stopped));
            }
        }
    }
    drop(listener);
    drain(roster, limits).await
}

/// The next connection, or none if this attempt failed. Safe to cancel: the wait after a failure is a point in time.
async fn next(listener: &TcpListener, pause: &mut Pause) -> Option<(TcpStream, SocketAddr)> {
    if let Some(until) = pause.until() {
        tokio::time::sleep_until(until).await;
    }
    match listener.accept().await {
        Ok(connection) => {
            pause.end();
            Some(connection)
        }
        Err(error) if concerns_one_connection(&error) => None,
        Err(error) => {
            let wait = pause.lengthen();
            tracing::warn!(%error, ?wait, "cannot accept connections for the moment");
            None
        }
    }
}

async fn drain(mut roster: Roster, limits: Limits) -> Drained {
    roster.stop_all();
    let finished = async { while roster.leave().await.is_some() {} };
    // The result says only whether the wait was cut short; the count below says it better.
    let _ = tokio::time::timeout(limits.drain_deadline, finished).await;
    Drained { cut_off: roster.cut_off() }
}

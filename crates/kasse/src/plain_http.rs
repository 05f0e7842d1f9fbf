//! Plain HTTP in production: for the declared proxies, which have ended TLS, and for nobody else.
//!
//! Whoever comes by another way is refused before anything of the request is looked at, so that keys sent in the clear are noticed when the
//! first call fails and not when they are stolen. Nobody is sent elsewhere: a client would follow and notice nothing. Only how the server
//! is doing may be asked from its own machine, where nothing leaves it.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use domain::target::Network;

use crate::server::Peer;

/// What supervisors on the same machine ask for; neither takes or gives a secret.
const HEALTH: [&str; 2] = ["/livez", "/readyz"];

const REFUSAL: &str =
    r#"{"statusCode":403,"message":"Plain HTTP is for the declared proxies only. Use the https address."}"#;

/// Lets through what a declared proxy sends, and questions of health from this machine.
pub(crate) async fn from_proxies_only(State(proxies): State<Arc<[Network]>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
    if peer.is_some_and(|peer| may_ask(peer, request.uri().path(), &proxies)) {
        return next.run(request).await;
    }
    let client = peer.map(tracing::field::display);
    tracing::warn!(
        client,
        "plain HTTP from a peer that is no declared proxy; refused, what it sent was readable on its way"
    );
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CONNECTION, "close")];
    (StatusCode::FORBIDDEN, headers, REFUSAL).into_response()
}

fn may_ask(peer: IpAddr, path: &str, proxies: &[Network]) -> bool {
    proxies.iter().any(|proxy| proxy.contains(peer)) || (peer.is_loopback() && HEALTH.contains(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_may_ask_anything_and_this_machine_after_health() {
        let proxies: Vec<Network> = vec!["10.0.0.0/8".parse().unwrap()];
        for (peer, path, may) in [
            ("10.0.0.1", "/epayment/v1/payments", true),
            ("10.0.0.1", "/readyz", true),
            ("127.0.0.1", "/epayment/v1/payments", false),
            ("127.0.0.1", "/accesstoken/get", false),
            ("127.0.0.1", "/livez", true),
            ("127.0.0.1", "/readyz", true),
            ("127.0.0.1", "/readyz/", false),
            ("::1", "/readyz", true),
            ("192.0.2.1", "/readyz", false),
            ("192.0.2.1", "/accesstoken/get", false),
        ] {
            assert_eq!(may_ask(peer.parse().unwrap(), path, &proxies), may, "{peer} {path}");
        }
    }
}

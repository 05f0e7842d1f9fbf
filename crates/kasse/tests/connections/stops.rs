//! The end of a server: what runs is finished, what idles is closed, what is stuck is cut off and counted.
//!
//! The gate of the test kit decides when a running request may finish, so nothing here depends on speed.

use super::kit::{GET, OUTER, SHORT, Server, within};
use kasse::server::{Drained, Limits};
use std::sync::Arc;
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_runs_and_closes_what_idles() {
    let server = Server::start(Limits::default()).await;
    let (mut running, mut idle, mut silent) = (server.connect().await, server.connect().await, server.connect().await);
    idle.ask(GET).await;
    running.send(b"GET /gate HTTP/1.1\r\nHost: a\r\n\r\n").await;
    within(server.arrived.acquire()).await.unwrap().forget();
    let (address, gate) = (server.address, Arc::clone(&server.gate));
    server.stop.send(()).unwrap();
    assert_eq!(idle.until_closed().await, "");
    assert_eq!(silent.until_closed().await, "");
    assert!(within(TcpStream::connect(address)).await.is_err(), "nobody listens any more");
    assert!(!server.drained.is_finished(), "one request still runs");
    gate.add_permits(1);
    let response = running.until_closed().await;
    assert!(response.starts_with("HTTP/1.1 200") && response.ends_with("finished"), "{response}");
    assert_eq!(within(server.drained).await.unwrap(), Drained { cut_off: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn patience_with_what_runs_has_an_end() {
    let server = Server::start(Limits { drain_deadline: SHORT, ..Limits::default() }).await;
    let (mut stuck, mut stuck_too, mut idle) = (server.connect().await, server.connect().await, server.connect().await);
    idle.ask(GET).await;
    for client in [&mut stuck, &mut stuck_too] {
        client.send(b"GET /gate HTTP/1.1\r\nHost: a\r\n\r\n").await;
    }
    within(server.arrived.acquire_many(2)).await.unwrap().forget();
    assert_eq!(server.stop().await, Drained { cut_off: 2 });
    assert_eq!(stuck.until_closed().await, "");
    assert_eq!(stuck_too.until_closed().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_head_does_not_hold_up_a_stop() {
    let server = Server::start(Limits { drain_deadline: OUTER * 2, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.ask(GET).await;
    let mut half = server.connect().await;
    half.send(b"GET / HT").await;
    assert_eq!(server.stop().await, Drained { cut_off: 0 });
    assert_eq!(half.until_closed().await, "");
}

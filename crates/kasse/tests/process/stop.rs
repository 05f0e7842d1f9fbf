//! The end: what was accepted is finished, nobody new is let in, and it is over in time, with an exit status of 0.

use std::time::{Duration, Instant};

use testkit::{Http, Shop};

use crate::{
    child::{PATIENCE, Server, Signal, kasse},
    raw::Raw,
};

/// A request whose head the server has read and whose body it is waiting for.
async fn half_sent(server: &Server, reference: &str) -> (Raw, String, Shop) {
    let shop = Shop::example(Http::new(server.address)).await;
    let body = Shop::proposal(reference, 1000).to_string();
    let Shop { token, subscription_key, msn, .. } = &shop;
    let mut raw = Raw::connect(server.address);
    raw.send(format!(
        "POST /epayment/v1/payments HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\n\
         Ocp-Apim-Subscription-Key: {subscription_key}\r\nMerchant-Serial-Number: {msn}\r\n\
         Idempotency-Key: {reference}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    ));
    assert_eq!(raw.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n", "it has been accepted");
    (raw, body, shop)
}

fn wait_until_stopping(server: &Server) {
    server.child.stderr.until("word of stopping", |text| text.contains("stopping: ").then_some(()));
}

/// Asks a server that has begun to stop whether it is ready: once it has said no, it never says yes again, and soon nobody answers.
fn nobody_is_let_in(server: &Server) {
    let deadline = Instant::now() + PATIENCE;
    let mut is_ready = true;
    while let Some(mut raw) = Raw::try_connect(server.address) {
        raw.send("GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let answer = raw.rest();
        is_ready = is_ready && answer.starts_with("HTTP/1.1 200");
        assert!(is_ready || answer.is_empty() || answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(Instant::now() < deadline, "it goes on listening");
    }
}

async fn stops_in_order(signal: Signal) {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let (mut raw, body, _) = half_sent(&server, "half-sent-1").await;
    let asked = Instant::now();
    server.child.signal(signal);
    wait_until_stopping(&server);
    nobody_is_let_in(&server);
    raw.send(&body);
    let answer = raw.rest();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
    let finished = server.child.wait(PATIENCE);
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert!(finished.stderr.contains("stopped cut_off=0"), "{}", finished.stderr);

    let server = Server::start(&mut kasse(home.path()));
    let shop = Shop::example(Http::new(server.address)).await;
    assert_eq!(shop.standing("half-sent-1").await, "CREATED a=0 c=0 r=0 x=0", "what was answered is there");
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_finishes_what_was_accepted_and_lets_nobody_in() {
    stops_in_order(Signal::TERM).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigint_does_the_same() {
    stops_in_order(Signal::INT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_server_stops_at_once_though_connections_are_open() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    // One connection that has been used and is kept, and one on which nothing was ever said.
    let shop = Shop::example(Http::new(server.address)).await;
    let silent = Raw::connect(server.address);
    let asked = Instant::now();
    server.stop();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    drop((shop, silent));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_never_finishes_does_not_keep_it_alive() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let (mut raw, ..) = half_sent(&server, "never-sent-1").await;
    let asked = Instant::now();
    server.stop();
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    let answer = raw.rest();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "nothing is acknowledged: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    for signals in [[Signal::TERM, Signal::TERM], [Signal::INT, Signal::TERM], [Signal::TERM, Signal::INT]] {
        let home = tempfile::tempdir().unwrap();
        let server = Server::start(&mut kasse(home.path()));
        let (_raw, _, shop) = half_sent(&server, "never-sent-2").await;
        let created = shop.create("stays-there", 1000).await;
        assert_eq!(created.status, 201);
        server.child.signal(signals[0]);
        wait_until_stopping(&server);
        server.child.signal(signals[1]);
        let asked = Instant::now();
        let finished = server.child.wait(PATIENCE);
        assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);

        // Nothing acknowledged is lost, and nothing stands in the way of the next start.
        let server = Server::start(&mut kasse(home.path()));
        let shop = Shop::example(Http::new(server.address)).await;
        assert_eq!(shop.create("stays-there", 1000).await.status, 201, "a replay");
        assert_eq!(shop.log("stays-there").await, "CREATED");
        server.stop();
    }
}

//! What takes too long is cut off, what may take long is not.
//!
//! Each test shrinks the deadline it is about (and often its neighbours, which must then keep out of the way).

use super::kit::{BIG_BYTES, GET, SHORT, Server, within};
use axum::body::Bytes;
use kasse::server::Limits;
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn a_dribbled_head_is_cut_off_however_busily_it_dribbles() {
    let server = Server::start(Limits { head_deadline: SHORT, ..Limits::default() }).await;
    let started = Instant::now();
    let client = server.connect().await;
    let (mut read, mut write) = client.0.into_split();
    let dribble = tokio::spawn(async move {
        let endless = b"GET / HTTP/1.1\r\nHost: a\r\nX: ".iter().chain(std::iter::repeat(&b'x'));
        for byte in endless {
            if write.write_all(&[*byte]).await.is_err() {
                break;
            }
            // real time: this client is slow on purpose.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let mut text = Vec::new();
    let _ = within(read.read_to_end(&mut text)).await;
    dribble.abort();
    assert!(text.is_empty());
    assert!(started.elapsed() >= SHORT, "not before its time");
    assert_eq!(server.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_never_speaks_is_cut_off() {
    let server = Server::start(Limits { head_deadline: SHORT, ..Limits::default() }).await;
    assert_eq!(server.connect().await.until_closed().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_connection_is_usable_and_then_closed() {
    let server = Server::start(Limits { idle_deadline: SHORT, ..Limits::default() }).await;
    let mut client = server.connect().await;
    let mut last = Instant::now();
    for _ in 0..3 {
        last = Instant::now();
        assert!(client.ask(GET).await.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    assert_eq!(client.until_closed().await, "");
    assert!(last.elapsed() >= SHORT);
    assert_eq!(server.hits(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_head_has_its_own_deadline_from_its_first_byte() {
    // With the idle deadline out of reach only the deadline of the head can close this one.
    let server = Server::start(Limits { head_deadline: SHORT, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.ask(GET).await;
    client.send(b"G").await;
    assert_eq!(client.until_closed().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_deadline_of_ours_runs_while_a_request_is_answered() {
    let limits = Limits { head_deadline: SHORT, idle_deadline: SHORT, write_deadline: SHORT, ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    // The half of a second head must not start a clock that would cut the first answer off.
    client.send(b"GET /gate HTTP/1.1\r\nHost: a\r\n\r\nGET / HT").await;
    within(server.arrived.acquire()).await.unwrap().forget();
    assert!(timeout(SHORT * 2, client.0.read_u8()).await.is_err(), "neither an answer nor a close");
    server.gate.add_permits(1);
    assert!(client.response().await.ends_with("finished"));
    assert!(client.ask(b"TP/1.1\r\nHost: a\r\n\r\n").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_may_take_longer_than_a_head() {
    let server = Server::start(Limits { head_deadline: SHORT, idle_deadline: SHORT, ..Limits::default() }).await;
    let mut client = server.connect().await;
    client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab").await;
    assert!(timeout(SHORT * 2, client.0.read_u8()).await.is_err(), "neither an answer nor a close");
    assert!(client.ask(b"cd").await.ends_with("\r\n\r\nabcd"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_may_come_in_pieces_with_long_rests() {
    let limits = Limits { head_deadline: SHORT, idle_deadline: SHORT, write_deadline: SHORT, ..Limits::default() };
    let server = Server::start(limits).await;
    let mut client = server.connect().await;
    client.send(b"GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let pieces = server.pieces;
    pieces.send(Bytes::from_static(b"begun")).await.unwrap();
    let mut begun = String::new();
    while !begun.ends_with("\r\n5\r\nbegun\r\n") {
        begun.push(char::from(within(client.0.read_u8()).await.unwrap()));
    }
    assert!(timeout(SHORT * 2, client.0.read_u8()).await.is_err(), "neither more nor a close");
    pieces.send(Bytes::from_static(b"done")).await.unwrap();
    drop(pieces);
    assert_eq!(client.until_closed().await, "4\r\ndone\r\n0\r\n\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_is_not_waited_for() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"GET /gate HTTP/1.1\r\nHost: a\r\n\r\n").await;
    within(server.arrived.acquire()).await.unwrap().forget();
    client.0.shutdown().await.unwrap();
    assert_eq!(client.until_closed().await, "", "nobody opened the gate");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_ask_before_it_sends_its_body() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    assert_eq!(client.ask(head).await, "HTTP/1.1 100 Continue\r\n\r\n");
    assert!(client.ask(b"ab").await.ends_with("\r\n\r\nab"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_read_is_cut_off() {
    let limits = Limits { write_deadline: SHORT, connections_max: 1, ..Limits::default() };
    let server = Server::start(limits).await;
    let mut lazy = server.connect().await;
    lazy.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(within(lazy.0.read_u8()).await.unwrap(), b'H', "it has begun");
    // There is room for one: this answer can only come after the other connection is gone.
    assert!(server.connect().await.ask(GET).await.starts_with("HTTP/1.1 200"));
    let mut rest = Vec::new();
    let ended = within(lazy.0.read_to_end(&mut rest)).await;
    assert!(rest.len() < BIG_BYTES);
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset, "so that the kernel forgets it too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_reads_gets_all_of_it() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let text = client.until_closed().await;
    assert_eq!(text.split_once("\r\n\r\n").unwrap().1.len(), BIG_BYTES);
}

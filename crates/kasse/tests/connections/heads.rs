//! Heads at their limits and just over, heads that break off, and what every answer carries.
//!
//! Over the limit is answered 431 and closed; the handler never hears of it.

use super::kit::Server;
use kasse::server::Limits;
use tokio::io::AsyncWriteExt;

fn with_headers(count: usize) -> Vec<u8> {
    let mut request = b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec();
    for number in 1..count {
        request.extend_from_slice(format!("X-{number}: y\r\n").as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request
}

fn of_bytes(total: usize) -> Vec<u8> {
    let (start, end) = ("GET / HTTP/1.1\r\nHost: a\r\nX: ", "\r\n\r\n");
    format!("{start}{}{end}", "x".repeat(total - start.len() - end.len())).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_headers_as_allowed_and_no_more() {
    for max in [100, 7] {
        let server = Server::start(Limits { headers_max: max, ..Limits::default() }).await;
        let mut client = server.connect().await;
        assert!(client.ask(&with_headers(max)).await.starts_with("HTTP/1.1 200"), "{max}");
        client.send(&with_headers(max + 1)).await;
        assert!(client.until_closed().await.starts_with("HTTP/1.1 431"), "{max}");
        assert_eq!(server.hits(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_as_long_as_allowed_and_no_longer() {
    for max in [32 * 1024, 9_000, 1_000] {
        let server = Server::start(Limits { head_bytes_max: max, ..Limits::default() }).await;
        let mut client = server.connect().await;
        assert!(client.ask(&of_bytes(max)).await.starts_with("HTTP/1.1 200"), "{max}");
        client.send(&of_bytes(max + 1)).await;
        assert!(client.until_closed().await.starts_with("HTTP/1.1 431"), "{max}");
        assert_eq!(server.hits(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_stream_within_a_head_ends_the_connection() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"GET / HTTP/1.1\r\nHos").await;
    client.0.shutdown().await.unwrap();
    assert_eq!(client.until_closed().await, "");
    assert_eq!(server.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_dated_and_do_not_say_what_made_them() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    let local = client.0.local_addr().unwrap();
    let response = client.ask(b"GET /peer HTTP/1.1\r\nHost: a\r\n\r\n").await.to_ascii_lowercase();
    assert!(response.contains("\r\ndate: "), "{response}");
    assert!(!response.contains("\r\nserver:"), "{response}");
    assert!(response.ends_with(&format!("\r\n\r\n{local}")), "{response}");
}

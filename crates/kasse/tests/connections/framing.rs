//! Requests with two readings, each refused with 400 and a close before any handler runs.
//!
//! Sent whole, byte by byte, and behind a clean request; and the odd-looking but clean ones, served with their bodies
//! untouched.

use super::kit::{GET, Server};
use kasse::server::Limits;
use tokio::io::AsyncWriteExt;

macro_rules! post {
    ($rest:literal) => {
        concat!("POST / HTTP/1.1\r\nHost: a\r\n", $rest)
    };
}

macro_rules! chunked {
    ($rest:literal) => {
        concat!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", $rest)
    };
}

/// Requests that two servers in a row might read differently.
const AMBIGUOUS: &[&str] = &[
    post!("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: chunked\r\nX: y\r\ncontent-length: x\r\n\r\n0\r\n\r\n"),
    post!("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    post!("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    post!("Content-Length: 5, 5\r\n\r\nhello"),
    post!("Content-Length: 5 5\r\n\r\nhello"),
    post!("Content-Length: +5\r\n\r\nhello"),
    post!("Content-Length: -5\r\n\r\nhello"),
    post!("Content-Length: 0x5\r\n\r\nhello"),
    post!("Content-Length: \r\n\r\nhello"),
    post!("Content-Length: 5.0\r\n\r\nhello"),
    post!("Content-Length: 99999999999999999999\r\n\r\nhello"),
    post!("Content-Length: 18446744073709551616\r\n\r\nhello"),
    post!("Content-Length : 5\r\n\r\nhello"),
    post!("Content-Length\t: 5\r\n\r\nhello"),
    post!("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    post!("Transfer-Encoding:\r\n\r\n0\r\n\r\n"),
    "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.1\nHost: a\n\n",
    "GET / HTTP/1.1\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\n",
    "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: y\nContent-Length: 5\r\n\r\nhello",
    "GET / HTTP/1.1\r\nHost: a\r\nX: y\rContent-Length: 5\r\n\r\nhello",
    "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n",
    "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: y\0z\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX\0: y\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n: no name\r\n\r\n",
    "GET /\r\n\r\n",
    "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
    "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
    "G\"T / HTTP/1.1\r\nHost: a\r\n\r\n",
    chunked!("0x5\r\nhello\r\n0\r\n\r\n"),
    chunked!("-5\r\nhello\r\n0\r\n\r\n"),
    chunked!(" 5\r\nhello\r\n0\r\n\r\n"),
    chunked!("5 5\r\nhello\r\n0\r\n\r\n"),
    chunked!("\r\nhello\r\n0\r\n\r\n"),
    chunked!("5\nhello\r\n0\r\n\r\n"),
    chunked!("5\rhello\r\n0\r\n\r\n"),
    chunked!("5;a\nhello\r\n0\r\n\r\n"),
    chunked!("5\r\nhello\n0\r\n\r\n"),
    chunked!("5\r\nhello!\r\n0\r\n\r\n"),
    chunked!("5\r\nhello0\r\n\r\n"),
    chunked!("fffffffffffffffff\r\nhello\r\n0\r\n\r\n"),
    chunked!("5\r\nhello\r\n0\n\r\n"),
    chunked!("5\r\nhello\r\n0\r\n\n"),
    chunked!("5\r\nhello\r\n0\r\nA: b\n\r\n\r\n"),
    chunked!("5\r\nhello\r\n0\r\nA: b\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_request_is_refused_and_never_handled() {
    let server = Server::start(Limits::default()).await;
    // A request that might hide behind the ambiguous one. If it were answered, its answer would be a 200.
    let hidden = String::from_utf8_lossy(GET);
    for request in AMBIGUOUS {
        let name = request.escape_debug();
        let mut client = server.connect().await;
        client.send(format!("{request}{hidden}").as_bytes()).await;
        let response = client.until_closed().await;
        assert!(response.starts_with("HTTP/1.1 400") || response.starts_with("HTTP/1.0 400"), "{name}: {response:?}");
        assert!(!response.contains("200 OK"), "{name}: {response:?}");
        assert_eq!(server.hits(), 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_request_is_refused_byte_by_byte_as_well() {
    let server = Server::start(Limits::default()).await;
    for request in AMBIGUOUS {
        let name = request.escape_debug();
        let mut client = server.connect().await;
        client.0.set_nodelay(true).unwrap();
        for byte in request.as_bytes() {
            if !client.send(&[*byte]).await {
                break;
            }
            tokio::task::yield_now().await;
        }
        let response = client.until_closed().await;
        assert!(response.starts_with("HTTP/1.1 400") || response.starts_with("HTTP/1.0 400"), "{name}: {response:?}");
        assert_eq!(server.hits(), 0, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ambiguous_request_behind_a_clean_one_is_refused_too() {
    let server = Server::start(Limits::default()).await;
    let clean = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\n-\n";
    for (done, request) in AMBIGUOUS.iter().enumerate() {
        let name = request.escape_debug();
        let mut client = server.connect().await;
        client.send(format!("{clean}{request}").as_bytes()).await;
        let response = client.until_closed().await;
        assert!(response.starts_with("HTTP/1.1 200"), "{name}: {response:?}");
        let second = response.split_once("\n-\n").map_or("", |(_, second)| second);
        assert!(second.starts_with("HTTP/1.1 400") || second.starts_with("HTTP/1.0 400"), "{name}: {response:?}");
        assert_eq!(server.hits(), done + 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_looks_odd_is_served_with_its_body_untouched() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    for (request, body) in [
        (post!("CONTENT-length: \t6 \t\r\n\r\na\n\r\n\nb"), "a\n\r\n\nb"),
        (post!("X: Content-Length: 9\r\nContent-Lengthy: 9\r\nContent-Length: 0002\r\n\r\n\n\n"), "\n\n"),
        (
            post!("transfer-encoding:CHUNKED \r\n\r\n2\r\n\n\n\r\n00a;x=y\r\n\r\n\r\n\n\n\n\n\n\n\r\n0\r\n\r\n"),
            "\n\n\r\n\r\n\n\n\n\n\n\n",
        ),
        (chunked!("1 ; a\r\nx\r\n0\r\nA: b\r\nContent-Length: 7\r\n\r\n"), "x"),
        ("\r\n\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n", ""),
    ] {
        let response = client.ask(request.as_bytes()).await;
        assert!(response.starts_with("HTTP/1.1 200"), "{request:?}: {response:?}");
        assert_eq!(response.split_once("\r\n\r\n").unwrap().1, body, "{request:?}");
    }
    client.send(&GET.repeat(100)).await;
    for _ in 0..100 {
        assert!(client.response().await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_arrives_although_the_peer_goes_on_sending() {
    let server = Server::start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"GET / HTTP/1.1\nHost: a\r\n\r\n").await;
    // More than the kernels would hold: had the server closed at once, this would end in a reset.
    for _ in 0..7 {
        assert!(client.send(&vec![b'x'; 1024 * 1024]).await);
    }
    client.0.shutdown().await.unwrap();
    assert!(client.until_closed().await.starts_with("HTTP/1.1 400"));
}

//! Bytes nobody should send: answered in the published shape, nothing changed, nothing broken.

use std::time::Duration;

use serde_json::json;
use testkit::{Kasse, Shop};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const CREATE: &str = "/epayment/v1/payments";
const BODY_BYTES_MAX: usize = 1024 * 1024;

#[tokio::test]
async fn what_is_no_json_is_told_where_it_stops_being_one() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let deep = format!("{{\"reference\":{}1{}}}", "[".repeat(32), "]".repeat(32));
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"{\"amount\":}".to_vec(),
        b"{'amount':1}".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"reference\":\"\\ud800\"}".to_vec(),
        b"{\"amount\":{\"value\":1e999999}}x".to_vec(),
        "{\"a\":".repeat(100_000).into_bytes(),
        "[".repeat(500_000).into_bytes(),
        deep.into_bytes(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(30)]).into_owned();
        let answer = shop.call("POST", CREATE, &[("idempotency-key", "k")], body).await;
        assert_eq!((answer.status, answer.violated()), (400, vec!["$".to_owned()]), "{shown}");
        assert_eq!(answer.json()["title"], "Bad Request");
    }
    for body in ["null", "[]", "\"text\"", "1", "true"] {
        assert_eq!(shop.call("POST", CREATE, &[("idempotency-key", "k")], body).await.violated()[0], "$", "{body}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_body_holds_at_both_edges_of_its_limit() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let proposal = Shop::proposal("body-size-1", 1000).to_string();
    let padded = |bytes: usize| proposal.clone() + &" ".repeat(bytes - proposal.len());
    assert_eq!(shop.call("POST", CREATE, &[("idempotency-key", "k")], padded(BODY_BYTES_MAX)).await.status, 201);
    let answer = shop.call("POST", CREATE, &[("idempotency-key", "l")], padded(BODY_BYTES_MAX + 1)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["statusCode"], json!(413));
    kasse.finish().await;
}

#[tokio::test]
async fn ninety_thousand_members_are_read_over() {
    const MEMBERS: usize = 90_000;
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let members: String = (0..MEMBERS).map(|count| format!("\"k{count}\":0,")).collect();
    let body = Shop::proposal("many-members-1", 1000).to_string().replacen('{', &format!("{{{members}"), 1);
    assert!(body.len() <= BODY_BYTES_MAX, "{}", body.len());
    assert_eq!(shop.call("POST", CREATE, &[("idempotency-key", "k")], body).await.status, 201);
    kasse.finish().await;
}

#[tokio::test]
async fn of_very_many_violations_a_hundred_are_named() {
    const VIOLATIONS_MAX: usize = 100;
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (wrong, named) in [(99, 99), (100, 100), (101, VIOLATIONS_MAX), (80_000, VIOLATIONS_MAX)] {
        let members: Vec<String> = (0..wrong).map(|count| format!("\"k{count}\":[]")).collect();
        let proposal = Shop::proposal("many-wrong-1", 1000).to_string();
        let body = proposal.replacen('{', &format!("{{\"metadata\":{{{}}},", members.join(",")), 1);
        let answer = shop.call("POST", CREATE, &[("idempotency-key", "k")], body).await;
        assert_eq!((answer.status, answer.violated().len()), (400, named), "{wrong}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn numbers_beyond_every_machine_are_refused_by_name() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    for (number, expected) in [
        ("9223372036854775807", "400"),
        ("9223372036854775808", "400"),
        ("-9223372036854775809", "400"),
        ("340282366920938463463374607431768211456000000", "400"),
        ("1e400", "400 4040"),
        ("1E2", "400 4040"),
        ("-0", "400 6010"),
        ("100.0", "400 4040"),
    ] {
        let body =
            Shop::proposal("big-number-1", 1000).to_string().replace("\"value\":1000", &format!("\"value\":{number}"));
        let answer = shop.call("POST", CREATE, &[("idempotency-key", "k")], body).await;
        assert_eq!(answer.outcome(), expected, "{number}: {}", answer.text());
    }
    assert_eq!(shop.get("/payments/big-number-1").await.status, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn compressed_bodies_and_long_addresses_are_refused_by_the_gateway() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let answer = shop.call("POST", CREATE, &[("idempotency-key", "k"), ("content-encoding", "gzip")], "{}").await;
    assert_eq!((answer.status, answer.json()["statusCode"].clone()), (415, json!(415)));
    let get = |bytes: usize| {
        let path = format!("/epayment/v1/payments/{}", "a".repeat(bytes - "/epayment/v1/payments/".len()));
        let shop = shop.clone();
        async move { shop.call("GET", &path, &[], "").await.status }
    };
    assert_eq!(get(8192).await, 404);
    assert_eq!(get(8193).await, 414);
    kasse.finish().await;
}

#[tokio::test]
async fn a_body_that_ends_early_changes_nothing_and_is_answered_or_closed() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let proposal = Shop::proposal("broken-off-1", 1000).to_string();
    for framing in [format!("content-length: {}", proposal.len() + 10), "transfer-encoding: chunked".to_owned()] {
        let mut stream = TcpStream::connect(kasse.address()).await.unwrap();
        let head = format!(
            "POST {CREATE} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nocp-apim-subscription-key: {}\r\n\
             idempotency-key: k\r\n{framing}\r\n\r\n",
            shop.token, shop.subscription_key
        );
        let body = if framing.starts_with("transfer") { "zz\r\nnot a chunk".to_owned() } else { proposal.clone() };
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        read.expect("the connection is closed").ok();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    assert_eq!(shop.get("/payments/broken-off-1").await.status, 404);
    kasse.finish().await;
}

#[tokio::test]
async fn a_host_is_named_once() {
    let kasse = Kasse::start().await;
    for hosts in ["", "host: a\r\nhost: b\r\n"] {
        let mut stream = TcpStream::connect(kasse.address()).await.unwrap();
        stream.write_all(format!("GET /livez HTTP/1.1\r\n{hosts}\r\n").as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("Host"), "{hosts:?}: {answer}");
    }
    kasse.finish().await;
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_not_waited_for() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    let mut stream = TcpStream::connect(kasse.address()).await.unwrap();
    let head = format!(
        "POST {CREATE} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nocp-apim-subscription-key: {}\r\ncontent-length: {}\r\n\r\n",
        shop.token,
        shop.subscription_key,
        BODY_BYTES_MAX + 1
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    kasse.finish().await;
}

#[tokio::test]
async fn odd_header_values_are_no_credentials_and_no_keys() {
    let kasse = Kasse::start().await;
    let shop = kasse.shop().await;
    shop.create("odd-headers-1", 1000).await;
    let mut stream = TcpStream::connect(kasse.address()).await.unwrap();
    let mut request = format!(
        "POST /epayment/v1/payments/odd-headers-1/cancel HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
         ocp-apim-subscription-key: {}\r\ncontent-length: 0\r\nidempotency-key: ",
        shop.token, shop.subscription_key
    )
    .into_bytes();
    request.extend_from_slice(b"\xe6\xf8\xe5\r\n\r\n");
    stream.write_all(&request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("Idempotency-Key"), "{answer}");
    assert_eq!(shop.log("odd-headers-1").await, "CREATED");
    kasse.finish().await;
}

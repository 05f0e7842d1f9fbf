//! TLS: who gets in and how, who does not, and that everything else holds inside it as it does outside.
//!
//! The server's side is what the binary makes of two files. A connection that ends without TLS saying so makes `until_closed` fail, so each
//! test that reads to the end also shows that the end was announced.

use super::kit::{Client, GET, OUTER, SHORT, Server, within};
use kasse::server::{Drained, Limits, Transport};
use kasse::tls::{Files, Tls};
use rustls::pki_types::ServerName;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, HandshakeKind, ProtocolVersion, ServerConfig};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Instant;
use testkit::{Identity, VirtualClock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// What the binary makes of this identity.
fn config(identity: &Identity) -> Arc<ServerConfig> {
    let directory = tempfile::tempdir().unwrap();
    let files = Files { certificate: directory.path().join("chain.pem"), key: directory.path().join("key.pem") };
    std::fs::write(&files.certificate, &identity.certificate).unwrap();
    std::fs::write(&files.key, &identity.key).unwrap();
    Arc::clone(&Tls::open(files, &VirtualClock::new()).unwrap().in_use().borrow())
}

/// A server that speaks TLS with a new identity, and how to change that identity.
async fn start_with(limits: Limits, exempt: bool) -> (Server, Identity, watch::Sender<Arc<ServerConfig>>) {
    let identity = Identity::new();
    let (sender, in_use) = watch::channel(config(&identity));
    (Server::start_speaking(Transport::Tls(in_use), limits, exempt).await, identity, sender)
}

async fn start(limits: Limits) -> (Server, Identity) {
    let (server, identity, _) = start_with(limits, true).await;
    (server, identity)
}

type TlsClient = Client<TlsStream<TcpStream>>;

async fn shake(server: &Server, config: Arc<ClientConfig>) -> std::io::Result<TlsClient> {
    let name = ServerName::try_from("localhost").unwrap();
    let tcp = server.connect().await.0;
    within(TlsConnector::from(config).connect(name, tcp)).await.map(Client)
}

async fn connect(server: &Server, identity: &Identity) -> TlsClient {
    shake(server, identity.trusted()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_are_spoken() {
    let (server, identity) = start(Limits::default()).await;
    for (version, expected) in [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)] {
        let mut client = shake(&server, identity.trusted_by(&[version], &[])).await.unwrap();
        assert_eq!(client.0.get_ref().1.protocol_version(), Some(expected));
        assert!(client.ask(GET).await.starts_with("HTTP/1.1 200"));
        let body = "x".repeat(1_000_000);
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let (mut read, mut write) = tokio::io::split(client.0);
        let sending = tokio::spawn(async move { write.write_all(request.as_bytes()).await });
        let mut echoed = vec![0; body.len()];
        within(async {
            while read.read_u8().await.unwrap() != b'\r' || read.read_u16().await.unwrap() != 0x0a0d {}
            read.read_u8().await.unwrap();
            read.read_exact(&mut echoed).await.unwrap();
        })
        .await;
        within(sending).await.unwrap().unwrap();
        assert!(echoed.iter().all(|byte| *byte == b'x'));
    }
}

/// A complete greeting of a client that knows versions up to this one (1 is TLS 1.0), and is otherwise good enough for the server.
fn greeting(minor: u8) -> Vec<u8> {
    // Version, 32 bytes of chance, no session, one cipher suite, no compression, extensions: curve, point format, signature.
    let mut hello = vec![3, minor];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0, 0, 22]);
    hello.extend([0, 10, 0, 4, 0, 2, 0, 23]);
    hello.extend([0, 11, 0, 2, 1, 0]);
    hello.extend([0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).unwrap();
    [vec![22, 3, 1, 0, length + 4, 1, 0, 0, length], hello].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn older_versions_are_refused() {
    let (server, _) = start(Limits::default()).await;
    for (minor, expected) in [(1, [21, 2, 70]), (2, [21, 2, 70]), (3, [22, 2, 0])] {
        let mut client = server.connect().await;
        client.send(&greeting(minor)).await;
        let mut answer = [0; 7];
        within(client.0.read_exact(&mut answer)).await.unwrap();
        // A record with a fatal alert (2) that says `protocol_version` (70), or with the server's own greeting (2).
        assert_eq!([answer[0], answer[5], answer[6]], expected, "3.{minor}");
    }
    assert_eq!(server.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_is_http_1_1_and_nothing_else() {
    let (server, identity) = start(Limits::default()).await;
    for (offered, chosen) in
        [(&["http/1.1"][..], Some(&b"http/1.1"[..])), (&["h2", "http/1.1"], Some(b"http/1.1")), (&[], None)]
    {
        let mut client = shake(&server, identity.trusted_by(&[&TLS13], offered)).await.unwrap();
        assert_eq!(client.0.get_ref().1.alpn_protocol(), chosen, "{offered:?}");
        assert!(client.ask(GET).await.starts_with("HTTP/1.1 200"));
    }
    let refused = shake(&server, identity.trusted_by(&[&TLS13], &["h2"])).await.err().unwrap();
    assert!(refused.to_string().contains("NoApplicationProtocol"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_is_told_so_and_nothing_of_it_is_processed() {
    let (server, identity) = start(Limits::default()).await;
    let mut large = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n".to_vec();
    large.extend(vec![b'x'; 3_000_000]);
    for request in [GET, b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", &large, b"POST /gate HTTP/1.0\r\n\r\n"] {
        let mut client = server.connect().await;
        assert!(client.send(request).await, "no reset meets what is still being sent");
        let answer = client.until_closed().await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n") || answer.starts_with("HTTP/1.0 400"), "{answer}");
        assert!(answer.ends_with(r#""message":"This port speaks https."}"#), "{answer}");
        assert!(!answer.to_lowercase().contains("location"), "{answer}");
    }
    // Not even a second request of the same connection is.
    let mut client = server.connect().await;
    client.send(&GET.repeat(2)).await;
    assert_eq!(client.until_closed().await.matches("HTTP/1.1 ").count(), 1);
    assert_eq!((server.hits(), server.arrived.available_permits()), (0, 0));
    assert!(connect(&server, &identity).await.ask(GET).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_that_is_not_finished_in_time_is_cut_off() {
    // With the head's deadline out of reach only the handshake's can close these.
    let (server, _) = start(Limits { handshake_deadline: SHORT, ..Limits::default() }).await;
    for begun in [&b""[..], &[22], &[22, 3, 1, 1, 0, 1, 0, 0, 200]] {
        let started = Instant::now();
        let mut client = server.connect().await;
        client.send(begun).await;
        assert_eq!(client.until_closed().await, "");
        assert!(started.elapsed() >= SHORT, "not before its time");
        assert!(started.elapsed() < OUTER / 2, "{:?}", started.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_head_has_the_time_the_handshake_left_and_the_end_is_announced() {
    let limits = Limits { head_deadline: SHORT, idle_deadline: SHORT, ..Limits::default() };
    let (server, identity) = start(limits).await;
    let mut silent = connect(&server, &identity).await;
    assert_eq!(silent.until_closed().await, "");
    let mut half = connect(&server, &identity).await;
    half.send(b"GET / HT").await;
    assert_eq!(half.until_closed().await, "");
    let mut idle = connect(&server, &identity).await;
    assert!(idle.ask(GET).await.starts_with("HTTP/1.1 200"));
    assert_eq!(idle.until_closed().await, "");
    assert_eq!(server.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_read_is_cut_off_inside_tls_too() {
    let limits = Limits { write_deadline: SHORT, connections_max: 1, ..Limits::default() };
    let (server, identity) = start(limits).await;
    let mut lazy = connect(&server, &identity).await;
    lazy.send(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(within(lazy.0.read_u8()).await.unwrap(), b'H', "it has begun");
    // There is room for one: this answer can only come after the other connection is gone.
    assert!(connect(&server, &identity).await.ask(GET).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_with_two_readings_are_refused_inside_tls_too() {
    let (server, identity) = start(Limits::default()).await;
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    // What follows is more than the kernel's buffers take at once: the refusal arrives because it is read all the same.
    for rest in [0, 4_000_000] {
        let mut client = connect(&server, &identity).await;
        let mut request = head.as_bytes().to_vec();
        request.extend(vec![b'x'; rest]);
        assert!(client.send(&request).await, "no reset meets what is still being sent");
        let answer = client.until_closed().await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    assert_eq!(server.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_still_shaking_hands_has_a_place() {
    let (server, identity) = start(Limits { connections_max: 1, ..Limits::default() }).await;
    let silent = server.connect().await;
    let (name, tcp) = (ServerName::try_from("localhost").unwrap(), server.connect().await.0);
    let mut waiting = Box::pin(TlsConnector::from(identity.trusted()).connect(name, tcp));
    assert!(timeout(SHORT, &mut waiting).await.is_err(), "the only place is taken");
    drop(silent);
    let mut client = Client(within(waiting).await.unwrap());
    assert!(client.ask(GET).await.starts_with("HTTP/1.1 200"));

    let limits = Limits { connections_per_address_max: Some(1), ..Limits::default() };
    let (server, ..) = start_with(limits, false).await;
    let _silent = server.connect().await;
    assert_eq!(server.connect().await.until_closed().await, "", "closed without a word");
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_fail_or_hang_are_nobody_elses_business() {
    // No deadline is within reach: whatever ends is ended by the stop.
    let long = OUTER * 2;
    let limits = Limits { handshake_deadline: long, head_deadline: long, drain_deadline: long, ..Limits::default() };
    let (server, identity) = start(limits).await;
    let mut hanging = Vec::new();
    for number in 0..100 {
        let mut client = server.connect().await;
        // Nothing, the beginning of a greeting, and what is neither TLS nor HTTP.
        client.send([&b""[..], &[22, 3, 1, 1], &[0x80, 1, 2, 3, 4, 5]][number % 3]).await;
        hanging.push(client);
    }
    let mut healthy = connect(&server, &identity).await;
    for _ in 0..20 {
        assert!(healthy.ask(GET).await.starts_with("HTTP/1.1 200"));
        assert!(connect(&server, &identity).await.ask(GET).await.starts_with("HTTP/1.1 200"));
    }
    assert_eq!(server.stop().await, Drained { cut_off: 0 });
    assert_eq!(healthy.until_closed().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_what_runs_inside_tls_and_says_goodbye() {
    let (server, identity) = start(Limits::default()).await;
    let (mut running, mut idle) = (connect(&server, &identity).await, connect(&server, &identity).await);
    idle.ask(GET).await;
    running.send(b"GET /gate HTTP/1.1\r\nHost: a\r\n\r\n").await;
    within(server.arrived.acquire()).await.unwrap().forget();
    let gate = Arc::clone(&server.gate);
    server.stop.send(()).unwrap();
    assert_eq!(idle.until_closed().await, "");
    gate.add_permits(1);
    let response = running.until_closed().await;
    assert!(response.starts_with("HTTP/1.1 200") && response.ends_with("finished"), "{response}");
    assert_eq!(within(server.drained).await.unwrap(), Drained { cut_off: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_with_the_certificate_they_began_with() {
    let (server, identity, sender) = start_with(Limits::default(), true).await;
    for version in [&TLS12, &TLS13] {
        let remembering = identity.trusted_by(&[version], &[]);
        let mut kinds = Vec::new();
        for replaced in [false, false, true] {
            if replaced {
                sender.send(config(&identity)).unwrap();
            }
            let mut client = shake(&server, Arc::clone(&remembering)).await.unwrap();
            assert!(client.ask(GET).await.starts_with("HTTP/1.1 200"));
            kinds.push(client.0.get_ref().1.handshake_kind().unwrap());
        }
        assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Full], "{version:?}");
    }
}

fn certificate_of(client: &TlsClient) -> &[u8] {
    &client.0.get_ref().1.peer_certificates().unwrap()[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_for_new_connections_and_no_request_is_lost() {
    let (server, first, sender) = start_with(Limits::default(), true).await;
    let server = Arc::new(server);
    let mut old = connect(&server, &first).await;
    assert!(old.ask(GET).await.starts_with("HTTP/1.1 200"));
    // Clients that trust either identity and go on through the change, each on a connection of its own or on new ones.
    let second = Identity::new();
    let over = Arc::new(AtomicBool::new(false));
    let load: Vec<_> = (0..8)
        .map(|number| {
            let (server, over) = (Arc::clone(&server), Arc::clone(&over));
            let either = [first.clone(), second.clone()];
            tokio::spawn(async move {
                let mut kept = None;
                let mut answered = 0;
                while !over.load(SeqCst) {
                    let mut client = match kept.take() {
                        Some(client) => client,
                        None => match shake(&server, either[0].trusted()).await {
                            Ok(client) => client,
                            Err(_) => shake(&server, either[1].trusted()).await.unwrap(),
                        },
                    };
                    assert!(client.ask(GET).await.starts_with("HTTP/1.1 200"));
                    answered += 1;
                    kept = (number % 2 == 0).then_some(client);
                }
                answered
            })
        })
        .collect();
    let seen = |count| {
        let server = Arc::clone(&server);
        within(async move {
            while server.hits() < count {
                tokio::task::yield_now().await;
            }
        })
    };
    seen(100).await;
    sender.send(config(&second)).unwrap();
    let new = connect(&server, &second).await;
    assert_eq!(certificate_of(&new), &**second.shown());
    seen(server.hits() + 100).await;
    over.store(true, SeqCst);
    let mut answered = 0;
    for client in load {
        answered += within(client).await.unwrap();
    }
    assert!(old.ask(GET).await.starts_with("HTTP/1.1 200"), "it lives on");
    assert_eq!(certificate_of(&old), &**first.shown());
    assert_eq!(server.hits(), answered + 2);
}

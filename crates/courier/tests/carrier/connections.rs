//! Connections are used again where that is safe, and a message does not get lost in one that was closed meanwhile.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use courier::carrier::Failed;
use testkit::receivers::{Behaviour, Hostile, Receiver, Reply};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Barrier,
    task::JoinSet,
};

use super::kit::{BODY, SHORT, post, sandbox};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const THE_LAST: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_used_again() {
    let receiver = Receiver::start().await;
    let carrier = sandbox(SHORT);
    for number in 0..10 {
        // A clone is the same carrier.
        assert_eq!(post(&carrier.clone(), &receiver.url(&format!("/{number}"))).await, Ok(200));
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_carries_one_message_at_a_time() {
    let receiver = Receiver::start().await;
    let carrier = sandbox(SHORT);
    let together = Arc::new(Barrier::new(8));
    let mut attempts = JoinSet::new();
    for number in 0..8 {
        let (carrier, together, url) = (carrier.clone(), Arc::clone(&together), receiver.url(&format!("/{number}")));
        attempts.spawn(async move {
            for _ in 0..20 {
                together.wait().await;
                assert_eq!(post(&carrier, &url).await, Ok(200));
            }
        });
    }
    while let Some(ended) = attempts.join_next().await {
        ended.unwrap();
    }
    assert!(receiver.connections() <= 8, "{} connections", receiver.connections());
    let received = receiver.wait_for(160).await;
    assert!(received.iter().all(|received| received.body == BODY));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_end_was_announced_is_not_used_again() {
    let receiver = Receiver::start_with(|_, _| Reply::status(200).closing()).await;
    let carrier = sandbox(SHORT);
    for _ in 0..3 {
        assert_eq!(post(&carrier, &receiver.url("/")).await, Ok(200));
    }
    assert_eq!(receiver.connections(), 3);
    // Also where the receiver forgets to close it.
    assert_eq!(in_a_row(&[&[THE_LAST, OK], &[OK]], 2).await, (vec![Ok(200); 2], 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_closed_meanwhile_costs_nothing() {
    let hostile = Hostile::start(Behaviour::Forgets).await;
    let carrier = sandbox(SHORT);
    for _ in 0..30 {
        assert_eq!(post(&carrier, &hostile.url("/")).await, Ok(200));
    }
    assert_eq!((hostile.connections(), hostile.requests()), (30, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_says_more_than_it_was_asked_is_not_used_again() {
    let hostile = Hostile::start(Behaviour::Babbles).await;
    let carrier = sandbox(SHORT);
    for _ in 0..3 {
        assert_eq!(post(&carrier, &hostile.url("/")).await, Ok(200));
    }
    assert_eq!(hostile.connections(), 3);
}

/// Says to each request on each connection what is written for it, and closes the connection where nothing is, or where that was no
/// whole answer.
async fn scripted(connections: &'static [&'static [&'static str]]) -> (SocketAddr, Arc<AtomicUsize>) {
    async fn converse(mut tcp: TcpStream, script: &[&str]) {
        let mut answers = script.iter();
        let mut read = Vec::new();
        while tcp.read_buf(&mut read).await.is_ok_and(|number| number > 0) {
            if !read.ends_with(BODY) {
                continue;
            }
            read.clear();
            let Some(answer) = answers.next() else { return };
            tcp.write_all(answer.as_bytes()).await.unwrap();
            if ![OK, THE_LAST].contains(answer) {
                return;
            }
        }
    }

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&accepted);
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let script = connections.get(counted.fetch_add(1, SeqCst)).copied().unwrap_or_default();
            tokio::spawn(converse(tcp, script));
        }
    });
    (address, accepted)
}

/// What comes of several messages in a row, and over how many connections.
async fn in_a_row(
    connections: &'static [&'static [&'static str]],
    messages: usize,
) -> (Vec<Result<u16, Failed>>, usize) {
    let (address, accepted) = scripted(connections).await;
    let carrier = sandbox(SHORT);
    let mut told = Vec::new();
    for _ in 0..messages {
        told.push(post(&carrier, &format!("http://{address}/")).await);
    }
    (told, accepted.load(SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_connection_that_closes_without_a_word_is_replaced_once() {
    assert_eq!(in_a_row(&[&[OK], &[OK, OK]], 3).await, (vec![Ok(200); 3], 2));
    assert_eq!(in_a_row(&[&[OK], &[], &[OK]], 2).await, (vec![Ok(200), Err(Failed::Reset)], 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_connection_that_closes_without_a_word_is_not_replaced() {
    assert_eq!(in_a_row(&[&[], &[OK]], 1).await, (vec![Err(Failed::Reset)], 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_connection_that_began_to_answer_is_not_replaced() {
    const ONE_BYTE: &[&[&str]] = &[&[OK, "H"], &[OK]];
    const AN_ANNOUNCEMENT: &[&[&str]] = &[&[OK, "HTTP/1.1 100 Continue\r\n\r\n"], &[OK]];
    const HALF_A_BODY: &[&[&str]] = &[&[OK, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"], &[OK]];
    let (one, two, three) = tokio::join!(in_a_row(ONE_BYTE, 2), in_a_row(AN_ANNOUNCEMENT, 2), in_a_row(HALF_A_BODY, 2));
    for told in [one, two, three] {
        assert_eq!(told, (vec![Ok(200), Err(Failed::Reset)], 1));
    }
}

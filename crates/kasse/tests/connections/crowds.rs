//! How many connections there may be, and what happens to the one that is too many.
//!
//! Also the two crowds that must not matter to others: those who dribble, and those who used up the descriptors.

use super::kit::{GET, SHORT, Server, within};
use kasse::server::{Drained, Limits};
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn with_all_places_taken_the_next_client_waits_for_one() {
    let server = Server::start(Limits { connections_max: 2, ..Limits::default() }).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    first.ask(GET).await;
    second.ask(GET).await;
    let mut third = server.connect().await;
    third.send(GET).await;
    assert!(timeout(SHORT, third.0.read_u8()).await.is_err(), "neither an answer nor a close");
    assert_eq!(server.hits(), 2);
    drop(first);
    assert!(third.response().await.starts_with("HTTP/1.1 200"));
    assert!(second.ask(GET).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_a_share_and_gets_it_back() {
    let limits = Limits { connections_per_address_max: Some(2), ..Limits::default() };
    let server = Server::start_with(limits, false).await;
    for _ in 0..3 {
        // A place comes back a moment after its connection is gone: ask until there is one.
        let mut taken = Vec::new();
        within(async {
            while taken.len() < 2 {
                let mut client = server.connect().await;
                if client.ask(GET).await.starts_with("HTTP/1.1 200") {
                    taken.push(client);
                }
            }
        })
        .await;
        let hits = server.hits();
        let mut excess = server.connect().await;
        assert_eq!(excess.until_closed().await, "", "closed without a word");
        for client in &mut taken {
            assert!(client.ask(GET).await.starts_with("HTTP/1.1 200"));
        }
        assert_eq!(server.hits(), hits + 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exempt_address_has_no_share() {
    let limits = Limits { connections_per_address_max: Some(1), ..Limits::default() };
    let server = Server::start_with(limits, true).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = server.connect().await;
        assert!(client.ask(GET).await.starts_with("HTTP/1.1 200"));
        clients.push(client);
    }
}

/// Every descriptor the machine grants: the tests of one binary share them.
fn allow_many_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_that_dribble_do_not_keep_one_from_being_served() {
    allow_many_descriptors();
    let server = Server::start(Limits { head_deadline: SHORT * 4, ..Limits::default() }).await;
    let mut dribblers = Vec::new();
    for _ in 0..500 {
        let mut client = server.connect().await;
        client.send(b"GET /").await;
        dribblers.push(tokio::spawn(async move {
            let (mut read, mut write) = client.0.into_split();
            let dribble = async {
                while write.write_all(b"x").await.is_ok() {
                    // real time: this client is slow on purpose.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                std::future::pending::<Infallible>().await
            };
            let mut text = Vec::new();
            tokio::select! {
                _ = read.read_to_end(&mut text) => text,
                never = dribble => match never {},
            }
        }));
    }
    let mut healthy = server.connect().await;
    for _ in 0..50 {
        assert!(healthy.ask(GET).await.starts_with("HTTP/1.1 200"));
    }
    for dribbler in dribblers {
        assert!(within(dribbler).await.unwrap().is_empty());
    }
    assert!(healthy.ask(GET).await.starts_with("HTTP/1.1 200"));
    assert_eq!(server.hits(), 51);
    assert_eq!(server.stop().await, Drained { cut_off: 0 });
}

/// Set for the process that runs out of descriptors on purpose; it must not take those of the other tests.
const STARVING: &str = "KASSE_TEST_STARVING";

#[tokio::test(flavor = "multi_thread")]
async fn running_out_of_descriptors_is_survived() {
    if std::env::var_os(STARVING).is_some() {
        return starve_and_recover().await;
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crowds::running_out_of_descriptors_is_survived", "--test-threads=1"])
        .env(STARVING, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && text.contains("1 passed"), "{text}");
}

async fn starve_and_recover() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(64);
    setrlimit(Resource::Nofile, limit).unwrap();
    let server = Server::start(Limits::default()).await;
    let mut ballast = Vec::new();
    let error = loop {
        match std::fs::File::open("/dev/null") {
            Ok(file) => ballast.push(file),
            Err(error) => break error,
        }
    };
    assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MFILE.raw_os_error()));
    // Room for one end of a connection, and none for the other.
    ballast.pop();
    let mut client = server.connect().await;
    client.send(GET).await;
    assert!(timeout(SHORT, client.0.read_u8()).await.is_err(), "neither an answer nor a close");
    drop(ballast);
    assert!(client.response().await.starts_with("HTTP/1.1 200"));
    assert!(server.connect().await.ask(GET).await.starts_with("HTTP/1.1 200"));
}

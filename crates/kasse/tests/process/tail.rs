//! `kasse webhooks tail`: what it says of deliveries, of a server that goes and comes back, and of one that it cannot use.

use std::{net::SocketAddr, path::Path, process::Command, time::Instant};

use testkit::{
    Http, Identity, Shop,
    receivers::{Receiver, Reply},
};

use crate::{
    child::{Child, Finished, PATIENCE, Server, Signal, kasse, run},
    tls,
};

const EVENT: &str = "epayments.payment.created.v1";

/// The command line that follows the server at this URL.
fn tail(home: &Path, url: &str) -> Command {
    let mut command = kasse(home);
    command.args(["webhooks", "tail", "--server", url]);
    command
}

fn url_of(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// Asks it to end, which it does as if all were done.
pub(crate) fn interrupt(child: Child) -> Finished {
    child.signal(Signal::INT);
    let finished = child.wait(PATIENCE);
    assert_eq!(finished.status.code(), Some(0), "{}", finished.stderr);
    finished
}

/// The server started anew where it was.
pub(crate) fn start_at(home: &Path, address: SocketAddr) -> Server {
    Server::of(Child::spawn(kasse(home).args(["--listen", &address.to_string()])), Instant::now())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_is_a_line_until_it_is_interrupted_also_across_a_restart_of_the_server() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let address = server.address;
    let receiver = Receiver::start_with(|number, _| Reply::status(if number == 0 { 500 } else { 200 })).await;
    let follower = Child::spawn(&mut tail(home.path(), &url_of(address)));
    follower.stderr.until("advice", |text| text.contains("kasse listen --forward-to ").then_some(()));
    let greeting = format!("kasse: following deliveries of sales unit 123456 at {}; ", url_of(address));
    assert!(follower.stderr.so_far().starts_with(&greeting), "{}", follower.stderr.so_far());
    let shop = Shop::example(Http::new(address)).await;
    let url = receiver.url("/hook");
    assert_eq!(shop.register(&url, &[EVENT]).await.status, 201);
    let filtered = Child::spawn(tail(home.path(), &url_of(address)).args(["--json", "--reference", "tail-order-2"]));
    filtered.stderr.until("greeting", |text| text.contains("following").then_some(()));
    assert_eq!(shop.create("tail-order-1", 1000).await.status, 201);
    let lines = follower.stdout.until("two lines", |text| (text.lines().count() == 2).then(|| text.to_owned()));
    for (line, parts) in
        lines.lines().zip([["  attempt 1  500  ", " ms  again in 2 s"], ["  attempt 2  200  ", " ms  delivered"]])
    {
        let (time, rest) = line.split_once("  ").unwrap();
        assert!(time.len() == 8 && time.bytes().filter(|byte| *byte == b':').count() == 2, "{line}");
        assert!(rest.starts_with(&format!("CREATED     tail-order-1  {url}  attempt ")), "{line}");
        assert!(parts.iter().all(|part| rest.contains(part)) && !line.contains('\u{1b}'), "{line}");
    }

    server.stop();
    follower.stderr.until("word of it", |text| text.contains("broke off").then_some(()));
    let server = start_at(home.path(), address);
    for child in [&follower, &filtered] {
        child.stderr.until("its return", |text| text.contains("connected again").then_some(()));
    }
    let shop = Shop::example(Http::new(address)).await;
    assert_eq!(shop.create("tail-order-2", 1000).await.status, 201);
    follower.stdout.until("the third line", |text| text.contains("  tail-order-2  ").then_some(()));
    let raw = filtered.stdout.until("what was asked for", |text| text.ends_with('\n').then(|| text.to_owned()));
    let told: serde_json::Value = serde_json::from_str(raw.trim_end()).unwrap();
    assert_eq!(
        (&told["reference"], &told["attempt"]["status"]),
        (&"tail-order-2".into(), &200.into()),
        "and only that"
    );
    let finished = interrupt(follower);
    assert_eq!(finished.stderr.matches("broke off").count(), 1, "{}", finished.stderr);
    assert_eq!(finished.stdout.lines().count(), 3, "{}", finished.stdout);
    interrupt(filtered);
    server.stop();
}

#[test]
fn https_is_spoken_with_whom_is_believed() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(kasse(home.path()).args(tls::keep(home.path(), &Identity::new())));
    let url = format!("https://localhost:{}", server.address.port());
    let follower = Child::spawn(tail(home.path(), &url).args(["--ca", "chain.pem"]));
    follower.stderr.until("greeting", |text| text.contains("following").then_some(()));
    interrupt(follower);
    let stranger = run(&mut tail(home.path(), &url));
    assert_eq!(stranger.status.code(), Some(1));
    assert!(stranger.stderr.contains("its certificate is not believed"), "{}", stranger.stderr);
    assert!(stranger.stderr.contains("--ca FILE"), "{}", stranger.stderr);
    let plain = run(&mut tail(home.path(), &url_of(server.address)));
    assert!(plain.stderr.contains("This port speaks https."), "{}", plain.stderr);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_said_in_one_line() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let url = url_of(server.address);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let somebody = Receiver::start_with(|_, _| Reply::status(200).body("hello")).await;
    let silent = Receiver::start_with(|_, _| Reply::status(404).body("<html>nothing</html>")).await;
    let keys = [
        "--client-id",
        "fb492b5e-7907-4d83-bc20-c7fb60ca35de",
        "--subscription-key",
        "0f14ebcab0eb4b29ae0cb90d91b4a84a",
    ];
    let secret = ["--client-secret", "not-the-secret"];
    let other_unit = ["--client-secret", "Y8Kteew6GE3ZmeycEt6egg==", "--msn", "654321"];
    for (server, more, says) in [
        (url_of(free), vec![], "no server answers at http://127.0.0.1:"),
        (somebody.url("/"), vec![], "is no Kasse: what it gives is no token"),
        (silent.url(""), vec![], "is no Kasse: 404 to a request for a token"),
        (url.clone(), [&keys[..], &secret].concat(), "the server refused the keys with 401: AADSTS7000215: "),
        (url.clone(), [&keys[..], &other_unit].concat(), "with 403: Invalid MSN: 654321."),
        (url.clone(), keys.to_vec(), "these are missing: --client-secret (KASSE_CLIENT_SECRET)"),
        ("shop.example".to_owned(), vec![], "must be like http://127.0.0.1:8080"),
        (url.clone(), vec!["--ca", "nowhere.pem"], "nowhere.pem"),
        (url.clone(), vec!["--mode", "sandbox"], "--mode does not apply"),
    ] {
        let finished = run(tail(home.path(), &server).args(&more));
        assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
        assert!(finished.stderr.contains(says), "{says}: {}", finished.stderr);
        assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
        assert!(!finished.stderr.contains("not-the-secret"), "{}", finished.stderr);
    }
    let of_variables = run(kasse(home.path())
        .args(["webhooks", "tail"])
        .env("KASSE_BASE_URL", &url)
        .env("KASSE_CLIENT_ID", "nobody")
        .env("KASSE_CLIENT_SECRET", "secret")
        .env("KASSE_SUBSCRIPTION_KEY", "0f14ebcab0eb4b29ae0cb90d91b4a84a"));
    assert!(of_variables.stderr.contains("the server refused the keys with 400: "), "{}", of_variables.stderr);
    server.stop();
}

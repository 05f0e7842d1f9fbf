//! The first minutes with it: start, paste, a payment's whole life; and after a restart all of it is still there.

use std::{collections::BTreeMap, fs, process::Command, time::Duration};

use testkit::{Answer, Http, Shop};

use crate::child::{Server, kasse};

/// The lines of the .env block.
fn variables(welcome: &str) -> BTreeMap<&str, &str> {
    welcome.lines().filter(|line| line.starts_with("KASSE_")).filter_map(|line| line.split_once('=')).collect()
}

fn block(welcome: &str, first: &str) -> String {
    let from = welcome.lines().skip_while(|line| !line.starts_with(first));
    from.take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

async fn shop_of(server: &Server) -> Shop {
    let keys = variables(&server.welcome);
    let (msn, id) = (keys["KASSE_MERCHANT_SERIAL_NUMBER"], keys["KASSE_CLIENT_ID"]);
    let http = Http::new(server.address);
    Shop::with_keys(http, msn, id, keys["KASSE_CLIENT_SECRET"], keys["KASSE_SUBSCRIPTION_KEY"]).await
}

#[test]
fn it_says_within_a_second_where_it_listens() {
    let took = (0..3).map(|_| {
        let home = tempfile::tempdir().unwrap();
        let server = Server::start(&mut kasse(home.path()));
        let url = format!("http://{}", server.address);
        assert!(server.welcome.starts_with(&format!("Kasse serves a sandbox on {url}\n")), "{}", server.welcome);
        assert_eq!(variables(&server.welcome)["KASSE_BASE_URL"], url);
        assert!(home.path().join("kasse-data/kasse.db").is_file(), "it keeps everything in ./kasse-data");
        let took = server.took;
        server.stop();
        took
    });
    let best = took.min().unwrap();
    assert!(best < Duration::from_secs(1), "{best:?}");
}

#[test]
fn the_next_command_yields_a_token_as_printed() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let command = block(&server.welcome, "curl ");
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    let shell = |script: &str| {
        let ran = Command::new("sh").args(["-c", script]).current_dir(home.path()).output().unwrap();
        assert!(ran.status.success(), "{script}\n{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap()
    };
    let answer = if has_curl { shell(&command) } else { send_as_curl_would(&server, &command) };
    let token: serde_json::Value = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"));
    assert_eq!(token["token_type"], "Bearer");
    assert!(token["access_token"].as_str().is_some_and(|token| token.len() > 100), "{answer}");

    fs::write(home.path().join(".env"), block(&server.welcome, "KASSE_")).unwrap();
    let sourced = shell(
        "set -a; . ./.env; printf '%s ' \"$KASSE_BASE_URL\" \"$KASSE_CLIENT_ID\" \"$KASSE_CLIENT_SECRET\" \
                         \"$KASSE_SUBSCRIPTION_KEY\" \"$KASSE_MERCHANT_SERIAL_NUMBER\"",
    );
    let keys = variables(&server.welcome);
    assert_eq!(keys.len(), 5);
    assert!(keys.values().all(|value| sourced.split(' ').any(|word| word == *value)), "{sourced}");
    server.stop();
}

/// What the printed command sends, where there is no curl to send it.
fn send_as_curl_would(server: &Server, command: &str) -> String {
    let quoted: Vec<&str> = command.split('\'').skip(1).step_by(2).collect();
    let headers: Vec<(&str, &str)> = quoted.iter().filter_map(|header| header.split_once(": ")).collect();
    let (_, path) = command.split_once(&server.address.to_string()).unwrap();
    let path = path.split_whitespace().next().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Http::new(server.address).send("POST", path, &headers, "")).text()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_lives_its_whole_life_and_each_request_is_one_line_of_the_log() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(&mut kasse(home.path()));
    let shop = shop_of(&server).await;
    let url = format!("http://{}", server.address);

    let created = shop.create("quick-start-1", 1000).await;
    assert_eq!(created.status, 201);
    let redirect = created.json()["redirectUrl"].as_str().unwrap().to_owned();
    assert!(redirect.starts_with(&format!("{url}/pay?token=")), "{redirect}");
    let page = shop.http.send("GET", redirect.strip_prefix(&url).unwrap(), &[], "").await;
    assert_eq!((page.status, page.text().contains("10,00\u{a0}kr")), (200, true), "{}", page.text());
    assert_eq!(shop.standing("quick-start-1").await, "CREATED a=0 c=0 r=0 x=0");
    assert_eq!(shop.approve("quick-start-1").await.outcome(), "200");
    assert_eq!(shop.capture("quick-start-1", "capture-1", 600).await.outcome(), "200");
    assert_eq!(shop.refund("quick-start-1", "refund-1", 200).await.outcome(), "200");
    assert_eq!(shop.cancel("quick-start-1", "cancel-1").await.outcome(), "200");
    assert_eq!(shop.standing("quick-start-1").await, "AUTHORIZED a=1000 c=600 r=200 x=400");
    assert_eq!(shop.log("quick-start-1").await, "CREATED AUTHORIZED CAPTURED REFUNDED CANCELLED");

    let log = server.stop().stderr;
    let requests: Vec<&str> = log.lines().filter(|line| line.contains("kasse::request")).collect();
    assert_eq!(requests.len(), 10, "{log}");
    assert!(requests[1].contains(r#"method=POST route="/epayment/v1/payments" status=201"#), "{}", requests[1]);
    assert!(requests[1].contains(r#"msn="123456""#), "{}", requests[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything() {
    const PAYMENTS: [&str; 3] = ["restart-created", "restart-captured", "restart-ended-1"];
    let home = tempfile::tempdir().unwrap();
    let start = || {
        let mut command = kasse(home.path());
        // An address of its own: links must not depend on the port.
        Server::start(command.args(["--public-url", "https://pay.example.com"]))
    };
    let first = start();
    let mut shop = shop_of(&first).await;
    let created = shop.create(PAYMENTS[0], 1000).await;
    for reference in [PAYMENTS[1], PAYMENTS[2]] {
        shop.authorized(reference, 1000).await;
    }
    let captured = shop.capture(PAYMENTS[1], "capture-1", 400).await;
    let refunded = shop.refund(PAYMENTS[1], "refund-1", 100).await;
    let cancelled = shop.cancel(PAYMENTS[2], "cancel-1").await;
    let before = shown(&shop, &PAYMENTS).await;
    first.stop();

    let second = start();
    shop.http = Http::new(second.address);
    // The same token as before the restart.
    assert_eq!(shown(&shop, &PAYMENTS).await, before);
    assert!(before.concat().contains("https://pay.example.com/pay?token="), "{before:?}");
    assert_same(&created, &shop.create(PAYMENTS[0], 1000).await);
    assert_same(&captured, &shop.capture(PAYMENTS[1], "capture-1", 400).await);
    assert_same(&refunded, &shop.refund(PAYMENTS[1], "refund-1", 100).await);
    assert_same(&cancelled, &shop.cancel(PAYMENTS[2], "cancel-1").await);
    assert_eq!(shop.capture(PAYMENTS[1], "capture-1", 401).await.outcome(), "409 4010");
    assert_eq!(shown(&shop, &PAYMENTS).await, before);
    let redirect = created.json()["redirectUrl"].as_str().unwrap().to_owned();
    let path = redirect.strip_prefix("https://pay.example.com").unwrap();
    assert_eq!(shop.http.send("GET", path, &[], "").await.status, 200, "a link outlives a restart");
    // And a new token is as good as the old one.
    shop.token = shop.new_token().await;
    assert_eq!(shown(&shop, &PAYMENTS).await, before);
    second.stop();
}

/// The bytes in which payments and their logs are shown.
async fn shown(shop: &Shop, references: &[&str]) -> Vec<String> {
    let mut bytes = Vec::new();
    for reference in references {
        bytes.push(shop.get(&format!("/payments/{reference}")).await.text());
        bytes.push(shop.get(&format!("/payments/{reference}/events")).await.text());
    }
    bytes
}

fn assert_same(one: &Answer, other: &Answer) {
    assert!((200..300).contains(&one.status), "{}", one.text());
    assert_eq!((one.status, one.text()), (other.status, other.text()));
}

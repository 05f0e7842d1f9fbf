//! What arrives is what was handed in, byte for byte, and nothing else.

use std::process::Command;

use bytes::Bytes;
use courier::carrier::{Carrier, Failed, Message, Trust};
use domain::target::Targets;
use testkit::{
    Identity,
    receivers::{Receiver, Reply},
};

use super::kit::{BODY, Names, SHORT, message, post, sandbox, trust};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_these_bytes() {
    let receiver = Receiver::start().await;
    let path = "/a/../b/./%7Euser/%7e//;p=1/{x}|^`\\\"<>?callback=webhook&q=%2F%2f&&=?/../é".replace('é', "%C3%A9");
    let headers =
        [("x-ms-date", "Mon, 19 Jan 2026 16:26:33 GMT"), ("Authorization", "HMAC-SHA256 a;b&c=d="), ("X-Y", "1")];
    let body = Bytes::from_static(b"\0\xff any bytes \r\n\r\n");
    let url = receiver.url(&path);
    let message = Message { url: &url, headers: &headers, body, ..message(&url) };
    assert!(sandbox(SHORT).post(message).await.outcome.is_ok());
    let received = &receiver.wait_for(1).await[0];
    let expected = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 17\r\n\
         User-Agent: Kasse-Webhooks/0\r\nx-ms-date: Mon, 19 Jan 2026 16:26:33 GMT\r\n\
         Authorization: HMAC-SHA256 a;b&c=d=\r\nX-Y: 1\r\n\r\n",
        receiver.address()
    );
    assert_eq!(String::from_utf8_lossy(&received.head), expected);
    assert_eq!(received.body, b"\0\xff any bytes \r\n\r\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_said_in_lower_case_and_its_port_where_it_is_not_implied() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    let names = Names::new(&[("shop.example", &[&["127.0.0.1"]])]);
    let carrier = Carrier::with_resolver(Targets::sandbox(), &Trust::load(&[]).unwrap(), SHORT, names);
    let url = format!("HTTP://Shop.EXAMPLE:{port}?A=b");
    assert_eq!(post(&carrier, &url).await, Ok(200));
    let received = &receiver.wait_for(1).await[0];
    assert_eq!(received.header("host"), Some(format!("shop.example:{port}")));
    assert_eq!(received.target(), "/?A=b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_arrives_whole() {
    let receiver = Receiver::start().await;
    let body: Bytes = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let url = receiver.url("/");
    assert!(sandbox(SHORT).post(Message { body: body.clone(), ..message(&url) }).await.outcome.is_ok());
    assert!(receiver.wait_for(1).await[0].body == body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_said_inside_tls_to_whoever_an_added_file_trusts() {
    let identity = Identity::new();
    let receiver = Receiver::start_secure(&identity, |_, _| Reply::status(202).body("yes")).await;
    let stranger = Carrier::new(Targets::sandbox(), &Trust::load(&[]).unwrap(), SHORT);
    assert_eq!(post(&stranger, &receiver.url("/")).await, Err(Failed::Tls));
    let carrier = Carrier::new(Targets::sandbox(), &trust([identity.certificate.as_str()]), SHORT);
    for _ in 0..3 {
        assert_eq!(post(&carrier, &receiver.url("/a?b")).await, Ok(202));
    }
    let received = receiver.wait_for(3).await;
    assert_eq!((received[2].target().as_str(), received[2].body.as_slice()), ("/a?b", BODY));
    // The stranger's, and one for three messages.
    assert_eq!(receiver.connections(), 2);
}

#[test]
fn a_file_of_authorities_that_holds_none_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    let load = || Trust::load(std::slice::from_ref(&path)).map(|trust| trust.authorities());
    assert!(load().is_err(), "it is not there");
    std::fs::write(&path, "no certificate").unwrap();
    assert!(load().unwrap_err().to_string().ends_with("ca.pem: there is no certificate in it"));
    std::fs::write(&path, Identity::new().certificate).unwrap();
    assert!(load().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_in_the_environment_is_not_asked() {
    let proxy = Receiver::start().await;
    let names = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let environment = names.map(|name| (name, proxy.url("")));
    let tests =
        ["bytes::a_request_is_these_bytes", "bytes::the_same_is_said_inside_tls_to_whoever_an_added_file_trusts"];
    let child = move || {
        let program = std::env::current_exe().unwrap();
        Command::new(program)
            .arg("--exact")
            .args(tests)
            .envs(environment)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output()
    };
    let output = tokio::task::spawn_blocking(child).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("2 passed"), "{said}");
    assert_eq!(proxy.connections(), 0);
}

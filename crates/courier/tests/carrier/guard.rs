//! No name and no address leads where no message may go, whatever it meant a moment ago.

use std::{sync::Arc, time::Duration};

use courier::carrier::{Carrier, DNS_TIME_MAX, Failed, Limits};
use domain::target::{Network, Targets};
use testkit::{
    Identity,
    receivers::{Behaviour, Hostile, Receiver, Reply},
};

use super::kit::{Names, SHORT, Silent, message, post, sandbox, told, trust, usual_trust};

/// Production, for which the first loopback address is somewhere outside.
fn production(port: u16) -> Targets {
    Targets::production().with_ports(&[port]).opening(&["127.0.0.1".parse::<Network>().unwrap()])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_changes_its_mind_is_judged_anew() {
    let identity = Identity::of_names(&["shop.example"]);
    let outside = Receiver::start_secure(&identity, |_, _| Reply::status(200).closing()).await;
    let port = outside.address().port();
    let inside = Receiver::start_at(([127, 0, 0, 2], port).into(), |_, _| Reply::status(200)).await;
    let names = Names::new(&[("shop.example", &[&["127.0.0.1"], &["127.0.0.2"], &["127.0.0.1"]])]);
    let trust = trust([identity.certificate.as_str()]);
    let carrier = Carrier::with_resolver(production(port), &trust, SHORT, names);
    let url = format!("https://shop.example:{port}/");
    assert!(production(port).judge(&url).is_ok(), "it was registered in good faith");
    assert_eq!(post(&carrier, &url).await, Ok(200));
    assert_eq!(post(&carrier, &url).await, Err(Failed::Blocked));
    assert_eq!(post(&carrier, &url).await, Ok(200));
    assert_eq!((outside.connections(), inside.connections()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_addresses_the_good_ones_are_dialled() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    let forbidden = Receiver::start_at(([127, 0, 0, 2], port).into(), |_, _| Reply::status(500)).await;
    let names = Names::new(&[
        ("mixed.example", &[&["169.254.169.254", "127.0.0.2", "::ffff:127.0.0.2", "::", "127.0.0.1", "10.0.0.1"]]),
        ("none.example", &[&["169.254.169.254", "127.0.0.2", "fe80::1"]]),
        ("empty.example", &[&[]]),
    ]);
    let targets = Targets::sandbox().closing(&["127.0.0.2".parse::<Network>().unwrap()]);
    let carrier = Carrier::with_resolver(targets, &usual_trust(), SHORT, names);
    for (name, expected) in [
        ("mixed.example", Ok(200)),
        ("none.example", Err(Failed::Blocked)),
        ("empty.example", Err(Failed::Dns)),
        ("unknown.example", Err(Failed::Dns)),
    ] {
        assert_eq!(post(&carrier, &format!("http://{name}:{port}/")).await, expected, "{name}");
    }
    assert_eq!(forbidden.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_dead_does_not_cost_the_others_their_turn() {
    let dead = Hostile::start(Behaviour::Swallows).await;
    let port = dead.address().port();
    let alive = Receiver::start_at(([127, 0, 0, 2], port).into(), |_, _| Reply::status(200)).await;
    let names = Names::new(&[
        ("first-silent.example", &[&["127.0.0.1", "127.0.0.2"]]),
        ("first-refuses.example", &[&["127.0.0.3", "::1", "127.0.0.2"]]),
        ("all-silent.example", &[&["127.0.0.1"]]),
        ("all-refuse.example", &[&["127.0.0.3", "127.0.0.4"]]),
    ]);
    let carrier = Carrier::with_resolver(Targets::sandbox(), &usual_trust(), SHORT, names);
    for (name, expected, least, most) in [
        ("first-silent.example", Ok(200), SHORT.connect / 2, SHORT.connect),
        ("all-silent.example", Err(Failed::Timeout), SHORT.connect, SHORT.attempt),
        ("all-refuse.example", Err(Failed::Refused), Duration::ZERO, SHORT.connect / 2),
    ] {
        let url = format!("http://{name}:{port}/");
        let carried = carrier.post(message(&url)).await;
        assert_eq!(told(&carried), expected, "{name}");
        assert!(carried.took >= least && carried.took < most, "{name} took {:?}", carried.took);
    }
    assert_eq!(post(&carrier, &format!("http://first-refuses.example:{port}/")).await, Ok(200));
    assert_eq!(alive.received().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_name_nobody_can_tell_the_meaning_of_has_a_limit_of_its_own() {
    let carrier = Carrier::with_resolver(Targets::sandbox(), &usual_trust(), Limits::default(), Arc::new(Silent));
    let carried = carrier.post(message("http://shop.example/")).await;
    assert_eq!((told(&carried), carried.took.as_millis()), (Err(Failed::Dns), DNS_TIME_MAX.as_millis()));
}

#[tokio::test]
async fn what_is_no_target_any_more_is_not_dialled() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    let carrier = Carrier::new(Targets::production(), &usual_trust(), SHORT);
    for url in [
        receiver.url("/"),
        receiver.url("/").replace("http://", "https://"),
        format!("https://localhost:{port}/"),
        "https://127.0.0.1/".to_owned(),
        "https://localhost/".to_owned(),
        "https://[::ffff:127.0.0.1]/".to_owned(),
        "https://0x7f.1/".to_owned(),
        "https://10.0.0.1:8080/".to_owned(),
        "https://shop.example/#fragment".to_owned(),
        "nonsense".to_owned(),
    ] {
        assert_eq!(post(&carrier, &url).await, Err(Failed::Blocked), "{url}");
    }
    let carrier = sandbox(SHORT);
    for url in
        ["http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://0.0.0.0/", "http://[::]/"]
    {
        assert_eq!(post(&carrier, url).await, Err(Failed::Blocked), "{url}");
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_system_is_asked_for_names() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    assert_eq!(post(&sandbox(SHORT), &format!("http://localhost:{port}/")).await, Ok(200));
    let far = Carrier::new(Targets::sandbox().far_only(), &usual_trust(), SHORT);
    assert_eq!(post(&far, &format!("http://localhost:{port}/")).await, Err(Failed::Blocked));
    assert_eq!(receiver.connections(), 1);
}

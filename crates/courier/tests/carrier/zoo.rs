//! Every way to be a bad receiver, and what is made of it, while a good one notices nothing.

use std::time::{Duration, Instant};

use courier::carrier::{ATTEMPT_TIME_MAX, BODY_BYTES_MAX, Carrier, Failed, KEPT_BYTES_MAX, Limits};
use domain::target::Targets;
use testkit::receivers::{Behaviour, Hostile, Receiver, Reply};
use tokio::task::JoinSet;

use super::kit::{SHORT, message, post, sandbox, told, trust};

/// What comes of each, where the time limits are short.
fn expected(behaviour: &Behaviour) -> Result<u16, Failed> {
    match behaviour {
        Behaviour::Refuses => Err(Failed::Refused),
        Behaviour::Swallows
        | Behaviour::NeverReads
        | Behaviour::NeverAnswers
        | Behaviour::HeadTrickles(_)
        | Behaviour::BodyTrickles(_)
        | Behaviour::ContinueOnly
        | Behaviour::Late(_) => Err(Failed::Timeout),
        Behaviour::ClosesAtOnce
        | Behaviour::ClosesUnanswered
        | Behaviour::Resets
        | Behaviour::ClosesAfterHead
        | Behaviour::ClosesMidBody
        | Behaviour::ResetsMidBody => Err(Failed::Reset),
        Behaviour::HintFlood
        | Behaviour::OldText
        | Behaviour::BadChunks
        | Behaviour::GiantHead
        | Behaviour::ManyHeaders => Err(Failed::Protocol),
        Behaviour::Expired
        | Behaviour::WrongName
        | Behaviour::SelfSigned
        | Behaviour::OldTls
        | Behaviour::PlainHttp => Err(Failed::Tls),
        Behaviour::EndlessBody
        | Behaviour::Gigabyte
        | Behaviour::GzipBomb
        | Behaviour::Alternates
        | Behaviour::Forgets
        | Behaviour::Babbles => Ok(200),
        Behaviour::Redirects { status, .. } | Behaviour::Answers(status, _) => Ok(*status),
    }
}

/// Time for a busy machine to notice that a limit is over.
const SLACK: Duration = Duration::from_millis(1500);

#[tokio::test(flavor = "multi_thread")]
async fn each_is_known_for_what_it_is_and_a_good_receiver_notices_nothing() {
    let good = Receiver::start().await;
    let mut zoo = Vec::new();
    for behaviour in Behaviour::all() {
        zoo.push((behaviour.clone(), Hostile::start(behaviour).await));
    }
    let trust = trust(zoo.iter().filter_map(|(_, hostile)| hostile.authority()));
    let carrier = Carrier::new(Targets::sandbox(), &trust, SHORT);
    let mut attempts = JoinSet::new();
    for (behaviour, hostile) in zoo {
        let carrier = carrier.clone();
        attempts.spawn(async move {
            let carried = carrier.post(message(&hostile.url("/hook"))).await;
            assert_eq!(told(&carried), expected(&behaviour), "{behaviour:?}");
            assert!(carried.took < SHORT.attempt + SLACK, "{behaviour:?} took {:?}", carried.took);
            if let Ok(answered) = carried.outcome {
                assert!(answered.head_of_body.len() <= KEPT_BYTES_MAX, "{behaviour:?}");
                let is_long = matches!(behaviour, Behaviour::EndlessBody | Behaviour::Gigabyte);
                assert_eq!(answered.is_whole, !is_long, "{behaviour:?}");
            }
            assert!(hostile.requests() <= 1, "{behaviour:?} was asked again");
        });
    }
    let mut slowest = Duration::ZERO;
    let started = Instant::now();
    while started.elapsed() < SHORT.attempt {
        let carried = carrier.post(message(&good.url("/good"))).await;
        assert_eq!(told(&carried), Ok(200));
        slowest = slowest.max(carried.took);
    }
    assert!(slowest < SHORT.attempt / 2, "the good receiver had to wait for {slowest:?}");
    while let Some(ended) = attempts.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_just_in_time_counts_and_one_too_late_does_not() {
    // real time: the limit is that of an attempt as it is in production, over a real socket.
    let (early, late) = (Duration::from_millis(9500), Duration::from_millis(10_500));
    let (early, late) = (Hostile::start(Behaviour::Late(early)).await, Hostile::start(Behaviour::Late(late)).await);
    let carrier = sandbox(Limits::default());
    let (early_url, late_url) = (early.url("/"), late.url("/"));
    let (first, second) = tokio::join!(carrier.post(message(&early_url)), carrier.post(message(&late_url)));
    assert_eq!((told(&first), told(&second)), (Ok(200), Err(Failed::Timeout)));
    assert!(first.took >= Duration::from_millis(9500) && first.took < ATTEMPT_TIME_MAX, "{:?}", first.took);
    assert!(second.took >= ATTEMPT_TIME_MAX && second.took < Duration::from_millis(10_400), "{:?}", second.took);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirection_is_an_answer_and_leads_nowhere() {
    let good = Receiver::start().await;
    for status in [301, 302, 303, 307, 308] {
        let hostile = Hostile::start(Behaviour::Redirects { status, to: Some(good.url("/there")) }).await;
        assert_eq!(post(&sandbox(SHORT), &hostile.url("/")).await, Ok(status));
        assert_eq!(hostile.requests(), 1);
    }
    assert_eq!(good.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_unpacked() {
    let hostile = Hostile::start(Behaviour::GzipBomb).await;
    let answered = sandbox(SHORT).post(message(&hostile.url("/"))).await.outcome.unwrap();
    assert_eq!((answered.head_of_body.len(), answered.is_whole), (KEPT_BYTES_MAX, true));
    assert!(answered.head_of_body.starts_with(&[0x1f, 0x8b, 8]), "the bytes are not those that came");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_read_to_its_end_or_to_the_limit() {
    let receiver = Receiver::start_with(|_, received| {
        let bytes = received.target().trim_start_matches('/').parse().unwrap();
        Reply::status(200).body(vec![b'x'; bytes])
    });
    let receiver = receiver.await;
    let carrier = sandbox(SHORT);
    for (bytes, kept, is_whole) in [
        (0, 0, true),
        (KEPT_BYTES_MAX, KEPT_BYTES_MAX, true),
        (KEPT_BYTES_MAX + 1, KEPT_BYTES_MAX, true),
        (BODY_BYTES_MAX, KEPT_BYTES_MAX, true),
        (BODY_BYTES_MAX + 1, KEPT_BYTES_MAX, false),
        (0, 0, true),
    ] {
        let before = receiver.connections();
        let answered = carrier.post(message(&receiver.url(&format!("/{bytes}")))).await.outcome.unwrap();
        assert_eq!((answered.head_of_body.len(), answered.is_whole), (kept, is_whole), "{bytes}");
        assert!(receiver.connections() <= before + 1);
    }
    // The one whose end was not waited for is the one that was not used again.
    assert_eq!(receiver.connections(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_good_every_other_time_is_told_apart() {
    let hostile = Hostile::start(Behaviour::Alternates).await;
    let carrier = sandbox(SHORT);
    for status in [200, 500, 200, 500] {
        assert_eq!(post(&carrier, &hostile.url("/")).await, Ok(status));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handshake_has_a_limit_of_its_own() {
    let hostile = Hostile::start(Behaviour::NeverReads).await;
    let limits = Limits { tls: Duration::from_millis(300), ..Limits::default() };
    let url = hostile.url("/").replace("http://", "https://");
    let carried = sandbox(limits).post(message(&url)).await;
    assert_eq!(told(&carried), Err(Failed::Timeout));
    assert!(carried.took >= limits.tls && carried.took < ATTEMPT_TIME_MAX / 2, "{:?}", carried.took);
}

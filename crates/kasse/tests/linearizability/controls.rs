//! The judge is judged: histories made by hand, some that cannot be explained, and some that can though they look as if they could not.

use crate::{
    model::{AUTHORIZED, Answer, CREATED, Change, REFUSED_BY_THE_BANK, REFUSED_REFUND, Request, Standing},
    search::{Operation, examine, shortest},
};

const AMOUNT: u64 = 1000;

fn operation(request: Request, sent: u64, answered: Option<(u64, Answer)>) -> Operation {
    Operation { client: 0, node: 0, request, sent, answered }
}

fn standing(captured: u64, refunded: u64, cancelled: u64) -> Answer {
    Answer::Standing(Standing { state: AUTHORIZED, authorized: AMOUNT, captured, refunded, cancelled })
}

fn capture(key: u8, amount: u64) -> Request {
    Request::Change { change: Change::Capture, key, amount }
}

fn refund(key: u8, amount: u64) -> Request {
    Request::Change { change: Change::Refund, key, amount }
}

fn refused(outcome: &str) -> Answer {
    Answer::Refused(outcome.to_owned())
}

/// A payment that is created and approved before anything else, and then this: request, sent, answered, answer.
fn history(then: Vec<(Request, u64, u64, Answer)>) -> Vec<Operation> {
    let mut history = vec![
        operation(Request::Create { key: 0, amount: AMOUNT }, 0, Some((1, Answer::Created))),
        operation(Request::Approve, 2, Some((3, Answer::Approved))),
    ];
    history.extend(then.into_iter().map(|(request, sent, at, answer)| operation(request, sent, Some((at, answer)))));
    history
}

#[track_caller]
fn can_be(history: &[Operation]) {
    assert!(examine(history).is_linearizable, "{history:#?}");
}

#[track_caller]
fn cannot_be(history: &[Operation]) {
    assert!(!examine(history).is_linearizable, "{history:#?}");
    let shortest = shortest(history);
    assert!(!examine(&shortest).is_linearizable && shortest.len() <= history.len(), "{shortest:#?}");
}

#[test]
fn one_after_the_other_as_published() {
    let cancelled = Request::Change { change: Change::Cancel, key: 1, amount: 0 };
    can_be(&history(vec![
        (capture(1, 300), 10, 11, standing(300, 0, 0)),
        (refund(1, 100), 12, 13, standing(300, 100, 0)),
        (refund(2, 300), 14, 15, refused("400 6150")),
        (cancelled, 16, 17, standing(300, 100, 700)),
        (capture(2, 1), 18, 19, refused("400 6070")),
        (Request::Get, 20, 21, standing(300, 100, 700)),
    ]));
}

#[test]
fn a_reader_never_goes_back() {
    let with = |second: (u64, u64)| {
        history(vec![
            (capture(1, 300), 10, 50, standing(300, 0, 0)),
            (Request::Get, 20, 21, standing(300, 0, 0)),
            (Request::Get, second.0, second.1, standing(0, 0, 0)),
        ])
    };
    cannot_be(&with((22, 23)));
    // Asked before the first was answered, it may have been told what was so before.
    can_be(&with((19, 23)));
}

#[test]
fn what_was_acknowledged_is_seen_by_whoever_asks_after() {
    let with = |sent: u64| {
        history(vec![(capture(1, 300), 10, 20, standing(300, 0, 0)), (Request::Get, sent, 30, standing(0, 0, 0))])
    };
    cannot_be(&with(21));
    can_be(&with(19));
    let log = |names: &[(&'static str, u64, u8)]| Answer::Log(names.to_vec());
    let logged = |shown: Answer| {
        history(vec![(capture(1, 300), 10, 20, standing(300, 0, 0)), (Request::GetEvents, 21, 22, shown)])
    };
    can_be(&logged(log(&[("CREATED", AMOUNT, 0), ("AUTHORIZED", AMOUNT, 0), ("CAPTURED", 300, 1)])));
    cannot_be(&logged(log(&[("CREATED", AMOUNT, 0), ("AUTHORIZED", AMOUNT, 0)])));
}

#[test]
fn one_key_has_one_effect_and_one_answer() {
    let with = |second: Answer, after: Answer| {
        history(vec![
            (capture(1, 300), 10, 40, standing(300, 0, 0)),
            (capture(1, 300), 11, 41, second),
            (Request::Get, 50, 51, after),
        ])
    };
    can_be(&with(standing(300, 0, 0), standing(300, 0, 0)));
    cannot_be(&with(standing(600, 0, 0), standing(600, 0, 0)));
    cannot_be(&with(standing(300, 0, 0), standing(600, 0, 0)));
    // Another sum under the same key is either refused or the one that came first.
    can_be(&history(vec![
        (capture(1, 300), 10, 40, refused("409 4010")),
        (capture(1, 200), 11, 41, standing(200, 0, 0)),
    ]));
}

#[test]
fn no_more_is_taken_than_was_authorized() {
    cannot_be(&history(vec![
        (capture(1, 600), 10, 40, standing(600, 0, 0)),
        (capture(2, 600), 11, 41, standing(1200, 0, 0)),
    ]));
    cannot_be(&history(vec![
        (capture(1, 600), 10, 40, standing(600, 0, 0)),
        (capture(2, 600), 11, 41, standing(600, 0, 0)),
    ]));
    can_be(&history(vec![
        (capture(1, 600), 10, 40, refused("400 6090")),
        (capture(2, 600), 11, 41, standing(600, 0, 0)),
    ]));
    // A refusal must have had its reason at some moment.
    cannot_be(&history(vec![(capture(1, 600), 10, 11, refused("400 6090"))]));
}

#[test]
fn a_refund_the_bank_refuses_is_logged_each_time_and_no_more() {
    let with = |logged: usize| {
        let mut log = vec![("CREATED", AMOUNT, 0), ("AUTHORIZED", AMOUNT, 0), ("CAPTURED", 500, 1)];
        log.extend(vec![(REFUSED_REFUND, REFUSED_BY_THE_BANK, 1); logged]);
        history(vec![
            (capture(1, 500), 10, 11, standing(500, 0, 0)),
            (refund(1, REFUSED_BY_THE_BANK), 12, 13, refused("400 5100")),
            (refund(1, REFUSED_BY_THE_BANK), 14, 15, refused("400 5100")),
            (Request::GetEvents, 16, 17, Answer::Log(log)),
        ])
    };
    can_be(&with(2));
    cannot_be(&with(1));
    cannot_be(&with(3));
}

#[test]
fn answers_may_come_in_another_order_than_requests() {
    // Refunds need what is captured after them, two captures answer as if the later had come first, and a reader sees the middle.
    let tangled = |seen: Answer| {
        history(vec![
            (refund(1, 350), 10, 60, standing(600, 350, 0)),
            (capture(1, 200), 11, 61, standing(600, 350, 0)),
            (capture(2, 400), 12, 62, standing(400, 0, 0)),
            (Request::Get, 13, 63, seen),
        ])
    };
    cannot_be(&tangled(standing(400, 350, 0)));
    let mut other = tangled(standing(400, 350, 0));
    other[3].answered = Some((61, standing(600, 350, 0)));
    other[2].answered = Some((60, standing(400, 350, 0)));
    can_be(&other);
    // The same, if the refund was answered before the capture it needs was sent.
    other[4].sent = 70;
    other[4].answered = Some((71, standing(400, 0, 0)));
    cannot_be(&other);
}

#[test]
fn what_nobody_answered_may_happen_late_or_never_but_does_not_vanish() {
    let with = |first: u64, second: u64| {
        let mut history = history(vec![
            (Request::Get, 20, 21, standing(first, 0, 0)),
            (Request::Get, 30, 31, standing(second, 0, 0)),
        ]);
        history.push(operation(capture(1, 300), 10, None));
        history
    };
    can_be(&with(0, 0));
    can_be(&with(0, 300));
    can_be(&with(300, 300));
    cannot_be(&with(300, 0));
    cannot_be(&with(0, 600));
    // Nothing happens before it is sent.
    let mut early = with(300, 300);
    early[4].sent = 22;
    cannot_be(&early);
}

#[test]
fn nothing_is_before_it_is_created() {
    let created = Answer::Standing(Standing { state: CREATED, authorized: 0, captured: 0, refunded: 0, cancelled: 0 });
    let with = |sent: u64, answer: Answer| {
        let create = Request::Create { key: 0, amount: AMOUNT };
        vec![operation(create, 10, Some((20, Answer::Created))), operation(Request::Get, sent, Some((30, answer)))]
    };
    can_be(&with(15, refused("404 5090")));
    can_be(&with(15, created.clone()));
    can_be(&with(21, created));
    cannot_be(&with(21, refused("404 5090")));
}

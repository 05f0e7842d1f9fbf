//! Attempts that stand beside their delivery and in it, as two programs would have left them. Not part of the suite: what the other program
//! would have left, or what is damaged, is written past the store, so each keeper's own tests include this.

use domain::{
    time::{Span, Timestamp},
    webhook::Next,
};
use store::Store;

use crate::{
    sending::{ALL, LATE, apply, attempt, claim, deliveries, of_unit, recording, register, retry},
    work::{creation, done},
};

/// What may be wrong with the attempt in a delivery's own row.
pub const DAMAGES: [&str; 12] = [
    "update deliveries set attempt_number = null where sequence = 1",
    "update deliveries set attempt_number = 2 where sequence = 1",
    "update deliveries set attempt_number = 2 where sequence = 2",
    "update deliveries set attempt_at = null where sequence = 1",
    "update deliveries set attempt_took = null where sequence = 1",
    "update deliveries set attempt_ended_at = null where sequence = 1",
    "update deliveries set attempt_answer = null where sequence = 1",
    "update deliveries set attempt_signature = null where sequence = 1",
    "update deliveries set attempt_status = 418 where sequence = 1",
    "update deliveries set attempt_error = 'other' where sequence = 2",
    "update deliveries set attempt_next_at = 1 where sequence = 1",
    "update deliveries set attempt_next_at = null where sequence = 2",
];

/// What a program would have left that kept every attempt beside its delivery.
pub const AS_BEFORE: [&str; 2] = [
    "insert into delivery_attempts
       (msn, delivery, number, owner, at, took, ended_at, status, error, answer, signature, next_attempt_at)
     select msn, id, attempt_number, owner, attempt_at, attempt_took, attempt_ended_at, attempt_status, attempt_error, attempt_answer,
       attempt_signature, attempt_next_at
     from deliveries where attempt_number is not null",
    "update deliveries set attempt_number = null, attempt_at = null, attempt_took = null, attempt_ended_at = null, attempt_status = null,
       attempt_error = null, attempt_answer = null, attempt_signature = null, attempt_next_at = null",
];

/// Attempts add up whichever program made them; after the first, `leave_as_before` has it look as if another had.
pub async fn attempts_add_up(store: &dyn Store, number: &str, leave_as_before: impl AsyncFnOnce()) {
    let webhook = register(store, &of_unit(number), 1, ALL).await;
    done(store.apply(creation(number, "payment-1", "k", 0)).await);
    let mut made = Vec::new();
    let mut make = async |next| {
        let claimed = claim(store, number, &[(webhook, 1)], LATE).await.remove(0);
        let attempt = attempt(&claimed, Span::seconds(i64::from(claimed.number)), next);
        made.push(attempt.logged.clone());
        apply(store, recording(vec![attempt])).await;
        made.clone()
    };
    let first = make(retry(Span::seconds(10))).await;
    leave_as_before().await;
    let logged = async || {
        let found = deliveries(store, &of_unit(number)).await.remove(0);
        let read = store.attempts_since(&of_unit(number), Timestamp::from_milliseconds(0), 9).await.unwrap();
        let detail = store.delivery(&of_unit(number), found.id).await.unwrap().unwrap();
        assert_eq!(read.into_iter().map(|(_, attempt)| attempt).collect::<Vec<_>>(), detail.attempts);
        assert_eq!(store.verify().await.unwrap(), []);
        detail.attempts
    };
    assert_eq!(logged().await, first);
    let both = make(retry(Span::seconds(20))).await;
    assert_eq!(logged().await, both);
    let all = make(Next::Delivered).await;
    assert_eq!(logged().await, all);
    assert_eq!(all.len(), 3);
}

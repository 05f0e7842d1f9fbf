//! Deliveries and attempts as the log tells them.

use domain::target::Target;
use engine::{Delivery, DeliveryDetail, LoggedAttempt, Removal};
use wire::webhooks::{
    CONTENT_TYPE, USER_AGENT, date,
    log::{self, Attempted, Header, SignedAttempt},
    signature::{AUTHORIZATION, AUTHORIZATION_AGAIN, CONTENT_HASH, DATE, content_hash, string_to_sign},
};

use super::{super::id, name_of};
use crate::convert;

pub(super) fn delivery(delivery: &Delivery) -> log::Delivery {
    log::Delivery {
        id: id(delivery.id.0),
        webhook_id: id(delivery.webhook.0),
        url: delivery.url.clone().into(),
        msn: delivery.msn.as_str().to_owned(),
        reference: delivery.reference.as_str().to_owned(),
        name: name_of(delivery.event),
        event_id: id(delivery.event_id),
        kind: delivery.kind.name().to_owned(),
        state: delivery.state.name().to_owned(),
        attempts: delivery.attempts,
        last_status: delivery.last_status,
        last_error: delivery.last_error.clone().map(Into::into),
        created_at: convert::timestamp(delivery.created_at),
        next_attempt_at: delivery.next_attempt_at.map(convert::timestamp),
    }
}

pub(super) fn attempted(of: &Delivery, tried: &LoggedAttempt) -> Attempted {
    Attempted { delivery: delivery(of), attempt: attempt(tried) }
}

pub(super) fn detail(detail: &DeliveryDetail, removal: Option<Removal>) -> log::DeliveryDetail {
    let content_hash = content_hash(&detail.body);
    let signed = |tried: &LoggedAttempt| signed(detail, tried, &content_hash);
    log::DeliveryDetail {
        delivery: delivery(&detail.delivery),
        body: String::from_utf8_lossy(&detail.body).into_owned(),
        attempt_log: detail.attempts.iter().map(signed).collect(),
        webhook_removed: removal.map(removed),
        content_hash,
    }
}

fn attempt(tried: &LoggedAttempt) -> log::Attempt {
    let LoggedAttempt { number, at, took, status, error, answer, signature: _, next_attempt_at } = tried;
    log::Attempt {
        number: *number,
        time: convert::timestamp(*at),
        ms: took.as_milliseconds(),
        status: *status,
        error: error.clone().map(Into::into),
        answer: String::from_utf8_lossy(answer).into_owned(),
        next_attempt_at: next_attempt_at.map(convert::timestamp),
    }
}

/// What went wrong where nothing was sent.
const UNSENT: [&str; 5] = ["dns", "blocked", "refused", "tls", "secret"];

/// With the headers it was sent with, if it was: all of them follow from what is kept, but for the signature, which is kept itself.
fn signed(detail: &DeliveryDetail, tried: &LoggedAttempt, content_hash: &str) -> SignedAttempt {
    let delivery = &detail.delivery;
    let target = Target::parse(&delivery.url).ok();
    let host = target.as_ref().map(Target::authority).unwrap_or_default();
    let path = target.as_ref().map_or("/", Target::path_and_query);
    let date = date::imf_fixdate(tried.at.seconds());
    let string_to_sign = string_to_sign(path, &host, &date, content_hash);
    let (event_id, number) = (id(delivery.event_id), tried.number.to_string());
    let length = detail.body.len().to_string();
    let headers = [
        ("Host", &*host),
        ("Content-Type", CONTENT_TYPE),
        ("Content-Length", &length),
        ("User-Agent", USER_AGENT),
        (DATE, &date),
        (CONTENT_HASH, content_hash),
        (AUTHORIZATION, &tried.signature),
        (AUTHORIZATION_AGAIN, &tried.signature),
        ("Kasse-Event-Id", &event_id),
        ("Kasse-Attempt", &number),
    ];
    let is_unsent = tried.error.as_deref().is_some_and(|error| UNSENT.contains(&error));
    let headers = headers.into_iter().filter(|_| !is_unsent);
    let headers = headers.map(|(name, value)| Header { name: name.to_owned(), value: value.to_owned() });
    SignedAttempt {
        attempt: attempt(tried),
        request_headers: headers.collect(),
        string_to_sign,
        content_hash: content_hash.to_owned(),
    }
}

fn removed(removal: Removal) -> log::Removal {
    let Removal { at, cause, last_error, .. } = removal;
    log::Removal { at: convert::timestamp(at), cause: cause.name().to_owned(), last_error: last_error.map(Into::into) }
}

//! Carrying a plan out over HTTP, and writing down when each request was sent, when it was answered, and how.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use serde_json::{Value, json};
use testkit::Shop;
use tokio::time::timeout;

use crate::{
    model::{AUTHORIZED, Answer, CREATED, Change, Event, REFUSED_REFUND, Request, Standing, TERMINATED},
    plan::{Plan, Step},
    search::Operation,
};

/// What has no answer by then gets none.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

/// One payment, and the order in which things happen to it.
#[derive(Clone)]
pub(crate) struct Recorder {
    pub(crate) shops: Arc<[Shop; 2]>,
    pub(crate) reference: String,
    moments: Arc<AtomicU64>,
}

impl Recorder {
    pub(crate) fn new(shops: Arc<[Shop; 2]>, reference: String) -> Self {
        Self { shops, reference, moments: Arc::default() }
    }

    /// All clients at once, and then the last look.
    pub(crate) async fn carry_out(&self, plan: Plan) -> Vec<Operation> {
        let Plan { clients, last } = plan;
        let after = clients.len();
        let working: Vec<_> = clients
            .into_iter()
            .enumerate()
            .map(|(client, steps)| tokio::spawn(self.clone().one_after_the_other(client, steps)))
            .collect();
        let mut history = Vec::new();
        for client in working {
            history.extend(client.await.unwrap());
        }
        history.extend(self.clone().one_after_the_other(after, last).await);
        history
    }

    async fn one_after_the_other(self, client: usize, steps: Vec<Step>) -> Vec<Operation> {
        let mut history = Vec::new();
        for Step { request, node, patience_milliseconds } in steps {
            let patience = patience_milliseconds.map_or(ANSWER_TIME_MAX, Duration::from_millis);
            let sent = self.moments.fetch_add(1, SeqCst);
            let answer = timeout(patience, self.send(&request, &self.shops[node])).await.ok().flatten();
            let at = self.moments.fetch_add(1, SeqCst);
            let answered = match answer {
                // Nothing of it was begun, and it says nothing of the payment.
                Some(answer) if answer.status == 423 => continue,
                // It may have been done, and may still be.
                None => None,
                Some(answer) if answer.status == 503 => None,
                Some(answer) => Some((at, read(&request, &answer))),
            };
            history.push(Operation { client, node, request, sent, answered });
        }
        history
    }

    async fn send(&self, request: &Request, shop: &Shop) -> Option<testkit::Answer> {
        let payment = format!("/epayment/v1/payments/{}", self.reference);
        let post = async |path: String, key: &str, body: String| {
            shop.try_call("POST", &path, &[("idempotency-key", key)], body).await
        };
        match request {
            Request::Create { key, amount } => {
                let body = Shop::proposal(&self.reference, amount.cast_signed()).to_string();
                post("/epayment/v1/payments".to_owned(), &format!("{}/{key}", self.reference), body).await
            }
            Request::Approve => {
                let body = json!({ "customer": { "phoneNumber": engine::merchant::example::PAYER } }).to_string();
                let path = format!("/epayment/v1/test/payments/{}/approve", self.reference);
                shop.try_call("POST", &path, &[], body).await
            }
            Request::Change { change, key, amount } => {
                let (operation, body) = match change {
                    Change::Capture => ("capture", Shop::modification(amount.cast_signed()).to_string()),
                    Change::Refund => ("refund", Shop::modification(amount.cast_signed()).to_string()),
                    Change::Cancel => ("cancel", String::new()),
                };
                post(format!("{payment}/{operation}"), &format!("/{key}"), body).await
            }
            Request::Get => shop.try_call("GET", &payment, &[], "").await,
            Request::GetEvents => shop.try_call("GET", &format!("{payment}/events"), &[], "").await,
        }
    }
}

/// What an answer says, in the model's words.
fn read(request: &Request, answer: &testkit::Answer) -> Answer {
    let json = answer.json();
    let understood = match (request, answer.status) {
        (Request::Create { .. }, 201) => Some(Answer::Created),
        (Request::Approve, 200) => Some(Answer::Approved),
        (Request::Change { .. } | Request::Get, 200) => standing(&json).map(Answer::Standing),
        (Request::GetEvents, 200) => json.as_array().and_then(|log| log.iter().map(event).collect()).map(Answer::Log),
        (_, 400..500) => Some(Answer::Refused(answer.outcome())),
        _ => None,
    };
    understood.unwrap_or_else(|| Answer::Odd(format!("{} {}", answer.status, answer.text())))
}

fn standing(json: &Value) -> Option<Standing> {
    let sum = |name: &str| json["aggregate"][name]["value"].as_u64();
    Some(Standing {
        state: [CREATED, AUTHORIZED, TERMINATED].into_iter().find(|state| json["state"] == *state)?,
        authorized: sum("authorizedAmount")?,
        captured: sum("capturedAmount")?,
        refunded: sum("refundedAmount")?,
        cancelled: sum("cancelledAmount")?,
    })
}

fn event(json: &Value) -> Option<Event> {
    const NAMES: [&str; 6] = ["CREATED", "AUTHORIZED", "CAPTURED", "REFUNDED", "CANCELLED", "TERMINATED"];
    let name = NAMES.into_iter().find(|name| json["name"] == *name)?;
    let name = if json["success"] == true { name } else { Some(REFUSED_REFUND).filter(|_| name == "REFUNDED")? };
    let key = json["idempotencyKey"].as_str()?.rsplit('/').next()?.parse().ok()?;
    Some((name, json["amount"]["value"].as_u64()?, key))
}

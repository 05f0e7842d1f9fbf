//! A payment's life as a client plans it: which requests, what each is to write into the log, and the sums that follow.

use serde_json::{Value, json};
use testkit::{Answer, Shop};

use crate::{dice::Dice, ear::Log};

/// One request of a life.
pub(crate) struct Step {
    path: String,
    /// Empty for the one request that has none.
    key: String,
    body: String,
    /// What it writes into the log: name, amount, key.
    pub(crate) event: Value,
    /// The answer that acknowledged it.
    pub(crate) answer: Option<Answer>,
}

impl Step {
    /// Sends it; no answer where the server is gone.
    pub(crate) async fn send(&self, shop: &Shop) -> Option<Answer> {
        let key = [("idempotency-key", self.key.as_str())];
        let headers = if self.is_keyed() { &key[..] } else { &[] };
        shop.try_call("POST", &format!("/epayment/v1{}", self.path), headers, self.body.clone()).await
    }

    /// Whether a repetition is answered with the bytes of the first time.
    pub(crate) const fn is_keyed(&self) -> bool {
        !self.key.is_empty()
    }

    pub(crate) const fn is_acknowledged(&self) -> bool {
        self.answer.is_some()
    }
}

/// Refunds of so much are refused in a sandbox, and logged; a life here has none.
const REFUSED_BY_THE_BANK: [u64; 2] = [123, 124];

/// A payment's life.
pub(crate) struct Life {
    pub(crate) reference: String,
    pub(crate) steps: Vec<Step>,
}

impl Life {
    /// A life that ends in one of several ways.
    pub(crate) fn new(reference: String, dice: &mut Dice) -> Self {
        let amount = 1000 + dice.below(9000);
        let mut life = Self { reference, steps: Vec::new() };
        let (reference, key) = (life.reference.clone(), format!("{}-create", life.reference));
        let body = proposal(&reference, amount, dice).to_string();
        life.steps.push(step("/payments".to_owned(), key.clone(), body, "CREATED", amount, &key));
        if dice.below(6) == 0 {
            life.keyed("cancel", "TERMINATED", amount, &key, String::new());
            return life;
        }
        let approve = json!({ "customer": { "phoneNumber": engine::merchant::example::PAYER } }).to_string();
        let path = format!("/test/payments/{reference}/approve");
        life.steps.push(step(path, String::new(), approve, "AUTHORIZED", amount, &key));
        let (mut captured, mut refunded) = (0, 0);
        for number in 1..=1 + dice.below(3) {
            let part = 1 + dice.below(amount / 4);
            captured += part;
            life.moved("capture", number, "CAPTURED", part);
        }
        for number in 1..=dice.below(3) {
            let part = 1 + dice.below(captured / 4 + 1);
            if refunded + part <= captured && !REFUSED_BY_THE_BANK.contains(&part) {
                refunded += part;
                life.moved("refund", number, "REFUNDED", part);
            }
        }
        if dice.below(3) > 0 {
            let own = format!("{reference}-cancel");
            life.keyed("cancel", "CANCELLED", amount - captured, &own, String::new());
        }
        life
    }

    fn moved(&mut self, operation: &str, number: u64, name: &str, part: u64) {
        let key = format!("{}-{operation}-{number}", self.reference);
        let body = Shop::modification(part.cast_signed()).to_string();
        let path = format!("/payments/{}/{operation}", self.reference);
        self.steps.push(step(path, key.clone(), body, name, part, &key));
    }

    /// A request whose event may carry another key than its own.
    fn keyed(&mut self, operation: &str, name: &str, amount: u64, key_of_event: &str, body: String) {
        let path = format!("/payments/{}/{operation}", self.reference);
        let key = format!("{}-{operation}", self.reference);
        self.steps.push(step(path, key, body, name, amount, key_of_event));
    }

    /// The first request that is not acknowledged.
    pub(crate) fn next(&self) -> Option<usize> {
        self.steps.iter().position(|step| !step.is_acknowledged())
    }

    /// What is bought, if that is said when it is created.
    pub(crate) fn receipt(&self) -> Option<Value> {
        let create: Value = serde_json::from_str(&self.steps.first()?.body).ok()?;
        create.get("receipt").cloned()
    }

    /// What a receiver hears of it by then; nothing where there is no payment.
    pub(crate) fn told(&self) -> Option<Log> {
        let events = self.log(self.next().unwrap_or(self.steps.len()));
        (!events.is_empty()).then(|| Log { reference: self.reference.clone(), events })
    }

    /// The log of the first so many requests.
    pub(crate) fn log(&self, steps: usize) -> Vec<Value> {
        self.steps.iter().take(steps).map(|step| step.event.clone()).collect()
    }

    /// State and sums after all that is acknowledged, as [`Shop::standing`] writes them.
    pub(crate) fn standing(&self) -> String {
        let done: Vec<&Value> =
            self.steps.iter().filter(|step| step.is_acknowledged()).map(|step| &step.event).collect();
        let sum = |names: &[&str]| -> i64 {
            let of = done.iter().filter(|event| names.iter().any(|name| event["name"] == *name));
            of.filter_map(|event| event["value"].as_i64()).sum()
        };
        let last = done.last().and_then(|event| event["name"].as_str());
        let state = last.filter(|name| ["CREATED", "TERMINATED"].contains(name)).unwrap_or("AUTHORIZED");
        format!(
            "{state} a={} c={} r={} x={}",
            sum(&["AUTHORIZED"]),
            sum(&["CAPTURED"]),
            sum(&["REFUNDED"]),
            sum(&["CANCELLED", "TERMINATED"])
        )
    }
}

/// What is asked for, in one of the ways a payer can be asked, with one or the other thing a create may say.
fn proposal(reference: &str, amount: u64, dice: &mut Dice) -> Value {
    let mut proposal = Shop::proposal(reference, amount.cast_signed());
    match dice.below(7) {
        0 => proposal["userFlow"] = json!("NATIVE_REDIRECT"),
        1 => proposal["userFlow"] = json!("PUSH_MESSAGE"),
        2 => proposal["userFlow"] = json!("QR"),
        3 => {
            proposal["userFlow"] = json!("QR");
            proposal["qrFormat"] = json!({ "format": "IMAGE/PNG", "size": 200 });
        }
        4 => proposal["paymentMethod"]["type"] = json!("CARD"),
        _ => {}
    }
    if dice.below(3) == 0 {
        let line = json!({ "name": "Socks", "id": reference, "totalAmount": amount, "totalAmountExcludingTax": amount,
                           "totalTaxAmount": 0, "taxRate": 0 });
        proposal["receipt"] = json!({ "orderLines": [line], "bottomLine": { "currency": "NOK" } });
    }
    if dice.below(2) == 0 {
        proposal["profile"] = json!({ "scope": "name address" });
        proposal["metadata"] = json!({ "order": reference });
    }
    proposal
}

fn step(path: String, key: String, body: String, name: &str, amount: u64, key_of_event: &str) -> Step {
    let event = json!({ "name": name, "value": amount, "key": key_of_event });
    Step { path, key, body, event, answer: None }
}

/// What a log says, as it is planned: name, amount and key of every event; none where there is no payment.
pub(crate) fn events(log: &Answer) -> Vec<Value> {
    let events = log.json().as_array().cloned().unwrap_or_default();
    let parts = |event: &Value| json!({ "name": event["name"], "value": event["amount"]["value"], "key": event["idempotencyKey"] });
    events.iter().map(parts).collect()
}

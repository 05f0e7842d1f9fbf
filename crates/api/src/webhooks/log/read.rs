//! `GET /_kasse/webhooks/deliveries` and one of them. Everything wrong with the parameters is named in one answer.

use axum::{
    Extension,
    extract::{Query, State},
    http::{StatusCode, Uri},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::text::Reference;
use engine::{DeliveryFilter, DeliveryId, DeliveryState, WebhookId, webhook::Scope};
use wire::{problem::JSON, webhooks::log::Deliveries};

use super::{VIOLATED, delivery_id, no_such_delivery, parse_id, view};
use crate::{Api, Refusal, body::Violations, path::Part, reply};

/// How many deliveries a page has where nobody says.
const PAGE: u32 = 50;
/// The most deliveries of a page.
const PAGE_MAX: u32 = 100;

/// A page of deliveries.
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    address: Uri,
) -> Result<Response, Refusal> {
    let filter = filter(&address)?;
    let most = usize::try_from(filter.most).unwrap_or(usize::MAX);
    // One more than asked for tells whether there is another page.
    let wanted = DeliveryFilter { most: filter.most + 1, ..filter };
    let mut found = api.engine().deliveries(&scope, &wanted).await?;
    let is_last = found.len() <= most;
    found.truncate(most);
    let next = found.last().filter(|_| !is_last).map(|last| URL_SAFE_NO_PAD.encode(last.id.0));
    let deliveries = found.iter().map(view::delivery).collect();
    Ok(reply::json(StatusCode::OK, JSON, &Deliveries { deliveries, next }))
}

/// One of them, with everything that is known of it.
pub(crate) async fn one(
    State(api): State<Api>,
    Extension(scope): Extension<Scope>,
    Part(text): Part,
) -> Result<Response, Refusal> {
    let detail = api.engine().delivery(&scope, delivery_id(&text)?).await?.ok_or_else(no_such_delivery)?;
    let removal = api.engine().removal(&scope, detail.delivery.webhook).await?;
    Ok(reply::json(StatusCode::OK, JSON, &view::detail(&detail, removal)))
}

fn filter(address: &Uri) -> Result<DeliveryFilter, Refusal> {
    let given = Query::<Vec<(String, String)>>::try_from_uri(address).map(|Query(given)| given);
    let given = given.map_err(|_| Refusal::field("$", "The parameters of the address cannot be read."))?;
    let mut parameters = Parameters { given, violations: Violations::default() };
    let states = DeliveryState::ALL.map(DeliveryState::name).join(", ");
    let pages = format!("must be a number from 1 to {PAGE_MAX}");
    let filter = DeliveryFilter {
        reference: parameters.one("reference", Reference::RULE.0, |text| Reference::parse(text).ok()),
        webhook: parameters.one("webhookId", "must be a UUID", |text| parse_id(text).map(WebhookId)),
        state: parameters.one("state", &format!("must be one of {states}"), DeliveryState::from_name),
        most: parameters.one("limit", &pages, page).unwrap_or(PAGE),
        before: parameters.one("after", "must be what another page calls next", position),
        kind: None,
        from: None,
    };
    let violated = parameters.violations.into_result();
    violated.map_err(|violated| Refusal::fields(violated).headed(VIOLATED))?;
    Ok(filter)
}

struct Parameters {
    given: Vec<(String, String)>,
    violations: Violations,
}

impl Parameters {
    /// The value of a parameter, if it was given; notes one that is none, or that has two.
    fn one<T>(&mut self, name: &str, rule: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let Self { given, violations } = self;
        let mut values = given.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
        let value = parse(values.next()?);
        if value.is_none() {
            violations.note(name, format!("The parameter {name} {rule}."));
        }
        if values.next().is_some() {
            violations.note(name, format!("The parameter {name} is given more than once."));
        }
        value
    }
}

fn page(text: &str) -> Option<u32> {
    text.parse().ok().filter(|count| (1..=PAGE_MAX).contains(count))
}

fn position(text: &str) -> Option<DeliveryId> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(DeliveryId)
}

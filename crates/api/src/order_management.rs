//! Order Management API: what is shown with an order. One file per endpoint, and what they share.
//!
//! A receipt is read in `receipt`, for a payment's creation too, and written in `view`.

pub(crate) mod add_receipt;
pub(crate) mod categories;
pub(crate) mod category;
pub(crate) mod findings;
pub(crate) mod image;
pub(crate) mod order;
pub(crate) mod receipt;

mod view;

use axum::{body::Body, http::Method};
use domain::{
    order::{CategoryKind, LinkUrl, Obstacle, OrderName, PaymentType},
    text::{ImageId, Invalid, OrderId},
};
use engine::order::Button;
pub(crate) use image::Uploads;

use crate::{
    Api, Refusal,
    body::{self, Json, Members, Violations},
};

const PAYMENT_TYPE: Invalid = Invalid("must be one of ECOM, RECURRING");

/// The order that two parts of a path name; both are told when both are wrong.
fn order_name(payment_type: &str, id: &str) -> Result<OrderName, Refusal> {
    let mut violations = Violations::default();
    let mut note = |name: &str, Invalid(rule)| violations.note(name, format!("The field {name} {rule}."));
    let payment_type = PaymentType::from_name(payment_type);
    if payment_type.is_none() {
        note("paymentType", PAYMENT_TYPE);
    }
    let id = OrderId::parse(id).map_err(|rule| note("orderId", rule)).ok();
    violations.into_result().map_err(violated)?;
    let (payment_type, id) = payment_type.zip(id).ok_or_else(Refusal::internal)?;
    Ok(OrderName { payment_type, id })
}

/// Violated fields in the words of this API.
fn violated(fields: Vec<(String, String)>) -> Refusal {
    Refusal::fields(fields).of_order()
}

async fn read_json(body: Body) -> Result<Json, Refusal> {
    body::read_json(body).await.map_err(Refusal::of_order)
}

/// Button, page and picture, under the names of a version.
fn button(
    api: &Api,
    body: &Members<'_>,
    (kind, url): (&'static str, &'static str),
    violations: &mut Violations,
) -> Option<Button> {
    body.require(kind, violations);
    let kind = body.word(kind, &CategoryKind::ALL.map(|kind| (kind.name(), kind)), violations);
    body.require(url, violations);
    let plain_allowed = api.engine().plain_links_allowed();
    let url = body.parsed(url, violations, |text| LinkUrl::parse(text, plain_allowed));
    let image = body.parsed("imageId", violations, ImageId::parse);
    Some(Button { kind: kind?, url: url?, image })
}

/// Why something was not written. `image` is the one that was named.
fn obstructed(obstacle: Obstacle, image: Option<&ImageId>) -> Refusal {
    let image = image.map_or("", ImageId::as_str);
    match obstacle {
        Obstacle::ImageMissing => {
            Refusal::nothing_there(format!("There is no image of the imageId {image}.")).of_order()
        }
        // Clients take this for success by its first word.
        Obstacle::ImageExists => Refusal::order_conflict(format!(
            "Duplicate imageId: {image}. There is an image of this imageId, and no duplicate is written over it."
        )),
        Obstacle::ReceiptExists => {
            Refusal::order_conflict("A receipt already exists for this order and can not be overwritten.")
        }
    }
}

/// What is said where there was a route once.
pub(crate) fn gone(method: &Method, path: &str) -> Option<Refusal> {
    let names_one = |base: &str| path.strip_prefix(base).is_some_and(|name| !name.is_empty() && !name.contains('/'));
    let is_removed = (names_one("/order-management/v1/orders/") && [Method::GET, Method::PUT].contains(method))
        || (names_one("/order-management/v1/receipts/") && [Method::GET, Method::POST].contains(method));
    if is_removed {
        let sentence = "Version 1 of orders and receipts was removed. Use version 2.";
        return Some(Refusal::nothing_there(sentence).of_order());
    }
    (method == Method::PUT && names_one("/order-management/v3/categories/")).then(Refusal::withdrawn)
}

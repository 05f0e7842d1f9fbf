//! The ceiling: the least a server can do about the same request on the same stack.
//!
//! The accept loop is the server's own and the router is the same library. It reads the body, parses it and answers as many bytes of JSON
//! as a create does. It keeps nothing, knows nobody and decides nothing: whatever a payment costs beyond that is ours.

use std::{borrow::Cow, net::Ipv4Addr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::{requests::CREATE_PATH, script::reference};
use crate::server::{self, Limits, Transport};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create<'a> {
    amount: Amount<'a>,
    payment_method: PaymentMethod<'a>,
    customer: Customer<'a>,
    reference: Cow<'a, str>,
    return_url: Cow<'a, str>,
    user_flow: Cow<'a, str>,
    payment_description: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Amount<'a> {
    currency: Cow<'a, str>,
    value: i64,
}

#[derive(Deserialize)]
struct PaymentMethod<'a> {
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customer<'a> {
    phone_number: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Created<'a> {
    redirect_url: &'a str,
    reference: &'a str,
}

/// Says where it is on standard output, then answers until the process ends.
pub(crate) async fn serve(answer_bytes: usize) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("The ceiling of kasse bench is on http://{}", listener.local_addr()?);
    let bare = serde_json::to_vec(&Created { redirect_url: "", reference: &reference(0) })?.len();
    let filler: Arc<str> = "x".repeat(answer_bytes.saturating_sub(bare)).into();
    let app = Router::new().route(CREATE_PATH, post(create)).with_state(filler);
    let limits = Limits { connections_per_address_max: None, ..Limits::default() };
    let _it_never_stops =
        server::serve(listener, app, Transport::Plain, limits, |_| true, std::future::pending()).await;
    Ok(())
}

async fn create(State(filler): State<Arc<str>>, body: Bytes) -> Response {
    let Ok(create) = serde_json::from_slice::<Create<'_>>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !create.is_sensible() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match serde_json::to_vec(&Created { redirect_url: &filler, reference: &create.reference }) {
        Ok(answer) => (StatusCode::CREATED, [(CONTENT_TYPE, "application/json")], answer).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Create<'_> {
    /// Enough to need every field that was parsed.
    fn is_sensible(&self) -> bool {
        let texts = [
            &self.amount.currency,
            &self.payment_method.kind,
            &self.customer.phone_number,
            &self.reference,
            &self.return_url,
            &self.user_flow,
            &self.payment_description,
        ];
        self.amount.value > 0 && texts.into_iter().all(|text| !text.is_empty())
    }
}

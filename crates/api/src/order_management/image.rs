//! `POST /v1/images`: a picture under the merchant's name for it, written once.

use std::sync::Arc;

use axum::{Extension, body::Body, extract::State, http::StatusCode, response::Response};
use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use domain::{order::image::Picture, text::ImageId};
use engine::access::Tenant;
use tokio::sync::{Semaphore, SemaphorePermit};
use wire::{
    order_management::{ErrorResponse, ImageRequest, ImageResponse},
    problem::JSON,
};

use super::{obstructed, violated};
use crate::{
    Api, Refusal,
    body::{self, Json, Members, Violations},
    openapi::{BodyRefusals, CallHeaders, Failures, GuardRefusals, OrderSystemHeaders},
    reply,
};

/// How many uploads are taken apart at once; further ones wait. Each is held in memory several times over meanwhile.
const UPLOADS_AT_ONCE_MAX: usize = 8;

/// Clients pad, or do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The places of those that are taken apart.
#[derive(Clone)]
pub(crate) struct Uploads(Arc<Semaphore>);

impl Default for Uploads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(UPLOADS_AT_ONCE_MAX)))
    }
}

impl Uploads {
    async fn place(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        self.0.acquire().await.map_err(|_| Refusal::overloaded())
    }
}

/// Adds an image.
#[utoipa::path(
    post,
    path = "/v1/images",
    tag = "Images",
    operation_id = "addImage",
    summary = "Add an image",
    params(CallHeaders, OrderSystemHeaders),
    request_body(content = ImageRequest),
    responses(
        (status = 200, description = "Added", body = ImageResponse),
        (status = 400, description = "Violated fields, or no picture that is kept", body = ErrorResponse),
        (status = 409, description = "There is an image of this id", body = ErrorResponse),
        GuardRefusals,
        BodyRefusals,
        Failures,
    ),
    security(("token" = []))
)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Extension(tenant): Extension<Tenant>,
    body: Body,
) -> Result<Response, Refusal> {
    let bytes = body::read_image(body).await?;
    let _place = api.uploads().place().await?;
    let (id, picture) = read(&api, bytes)?;
    let added = api.engine().add_image(&tenant, id.clone(), picture).await?;
    added.map_err(|obstacle| obstructed(obstacle, Some(&id)))?;
    Ok(reply::json(StatusCode::OK, JSON, &ImageResponse { image_id: id.as_str().to_owned() }))
}

fn read(api: &Api, bytes: Bytes) -> Result<(ImageId, (Picture, Bytes)), Refusal> {
    let json = Json::parse(&bytes).map_err(|malformed| Refusal::field("$", malformed.0).of_order())?;
    drop(bytes);
    let mut violations = Violations::default();
    let body = Members::of_body(&json, &mut violations);
    body.require("imageId", &mut violations);
    let id = body.parsed("imageId", &mut violations, ImageId::parse);
    body.require("type", &mut violations);
    body.word("type", &[("base64", ())], &mut violations);
    body.require("src", &mut violations);
    let picture = picture(api, &body, &mut violations);
    violations.into_result().map_err(violated)?;
    id.zip(picture).ok_or_else(Refusal::internal)
}

fn picture(api: &Api, body: &Members<'_>, violations: &mut Violations) -> Option<(Picture, Bytes)> {
    let text = body.text("src", violations)?;
    let Ok(file) = BASE64.decode(text) else {
        violations.note("src", "The field src must be base64 of the bytes of a picture, not an address.");
        return None;
    };
    match api.engine().judge_image(&file.into()) {
        Ok(picture) => Some(picture),
        Err(unfit) => {
            violations.note("src", format!("The field src {unfit}."));
            None
        }
    }
}

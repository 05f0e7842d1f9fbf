//! Codes that are scanned: `GET /qr.svg` and `GET /qr.png` are the picture a shop shows, `GET /q/{id}` is what stands in it.
//!
//! The picture holds the payment's short name, so that it can be read from a small screen; whoever scans it is sent on to the payment's
//! page. Once the payment has ended there is nothing left to scan, and the picture is grey.

mod code;
mod picture;

use axum::{
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::payment::{Payment, QrFormat, QrSize, State as Standing, UserFlow};

use self::code::Code;
use crate::{Web, pay::NotFound, visit::Visit};

/// The picture that scales.
pub(crate) async fn svg(State(web): State<Web>, visit: Visit) -> Response {
    shown(&web, visit, |code, _| Some(("image/svg+xml", picture::svg(code).into_bytes()))).await
}

/// The picture in the size the merchant asked for.
pub(crate) async fn png(State(web): State<Web>, visit: Visit) -> Response {
    shown(&web, visit, |code, size| Some(("image/png", picture::png(code, size)?))).await
}

/// What stands in the code: on to the payment's page.
pub(crate) async fn target(State(web): State<Web>, visit: Visit, Path(id): Path<String>) -> Response {
    match web.engine.payment_of_link(&id).await {
        Ok(Some((payment, _))) => {
            let token = web.engine.link_token(&payment.msn, &payment.reference);
            let page = format!("{}/pay?token={token}", web.public_url);
            (StatusCode::FOUND, [(header::LOCATION, page)]).into_response()
        }
        Ok(None) => NotFound::Dead.answer(&web, visit),
        Err(trouble) => NotFound::Trouble(trouble).answer(&web, visit),
    }
}

/// Any text as a picture that scales.
pub(crate) fn of_text(text: &str) -> Response {
    match Code::of(text) {
        Some(code) => {
            let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "no-store")];
            (headers, picture::svg(Some(&code))).into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A picture of the payment's code, or, once it has ended, of none.
async fn shown(
    web: &Web,
    visit: Visit,
    draw: impl Fn(Option<&Code>, QrSize) -> Option<(&'static str, Vec<u8>)>,
) -> Response {
    let payment = match web.engine.payment_of_link(visit.parameter("token").unwrap_or_default()).await {
        Ok(Some((payment, _))) => payment,
        Ok(None) => return NotFound::Dead.answer(web, visit),
        Err(trouble) => return NotFound::Trouble(trouble).answer(web, visit),
    };
    let size = match payment.terms.flow {
        UserFlow::Qr(QrFormat::Png(size)) => size,
        UserFlow::Qr(QrFormat::Svg | QrFormat::Text) => QrSize::USUAL,
        UserFlow::WebRedirect | UserFlow::NativeRedirect | UserFlow::PushMessage => {
            return NotFound::Dead.answer(web, visit);
        }
    };
    let (status, drawn) = match payment.state {
        Standing::Created | Standing::Processing(_) => {
            (StatusCode::OK, Code::of(&target_of(web, &payment)).and_then(|code| draw(Some(&code), size)))
        }
        _ => (StatusCode::GONE, draw(None, size)),
    };
    match drawn {
        Some((content_type, bytes)) => {
            let kept = if status == StatusCode::OK { "private, max-age=600" } else { "no-store" };
            let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, kept)];
            (status, headers, bytes).into_response()
        }
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn target_of(web: &Web, payment: &Payment) -> String {
    format!("{}/q/{}", web.public_url, web.engine.short_link_text(&payment.msn, &payment.reference))
}

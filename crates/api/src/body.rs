//! Request bodies: read within limits, then taken apart without losing anything the caller wrote.

mod json;
mod reader;

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use ring::digest::{Context, SHA256};
use tokio::time::{Instant, timeout_at};

pub use json::Json;
pub use reader::{Members, Violations, whole};

use crate::Refusal;

/// The most bytes of a JSON body.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// The most bytes of a JSON body that holds a picture: enough for one somewhat too large, which is then told so.
pub const IMAGE_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most bytes of a form.
pub const FORM_BYTES_MAX: usize = 32 * 1024;
/// How long a body may take in all.
const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// How long it may take before the slowest allowed pace counts.
const BODY_GRACE: Duration = Duration::from_secs(5);
/// The slowest allowed pace.
const BODY_BYTES_PER_SECOND_MIN: u64 = 1024;

/// The whole body, if it comes in time and is not too large.
pub async fn read(body: Body) -> Result<Bytes, Refusal> {
    read_up_to(BODY_BYTES_MAX, body).await
}

/// The body as JSON; the content type is not asked, because real clients send the wrong one.
pub async fn read_json(body: Body) -> Result<Json, Refusal> {
    let bytes = read(body).await?;
    Json::parse(&bytes).map_err(|malformed| Refusal::field("$", malformed.0))
}

/// The whole body of a JSON request that holds a picture.
pub async fn read_image(body: Body) -> Result<Bytes, Refusal> {
    read_up_to(IMAGE_BODY_BYTES_MAX, body).await
}

/// The body as JSON, or nothing where none was sent or `null`.
pub async fn read_optional_json(body: Body) -> Result<Option<Json>, Refusal> {
    let bytes = read(body).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let json = Json::parse(&bytes).map_err(|malformed| Refusal::field("$", malformed.0))?;
    Ok(Some(json).filter(|json| *json != Json::Null))
}

/// The whole body of a form.
pub async fn read_form(body: Body) -> Result<Bytes, Refusal> {
    read_up_to(FORM_BYTES_MAX, body).await
}

async fn read_up_to(bytes_max: usize, mut body: Body) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(Refusal::body_too_large(bytes_max));
    }
    let started = Instant::now();
    let mut received = BytesMut::new();
    loop {
        let earned = Duration::from_secs(received.len() as u64 / BODY_BYTES_PER_SECOND_MIN);
        let deadline = started + (BODY_GRACE + earned).min(BODY_TIME_MAX);
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| Refusal::body_too_slow())?;
        match frame {
            None => return Ok(received.freeze()),
            Some(Err(_)) => return Err(Refusal::body_broken_off()),
            Some(Ok(frame)) => {
                let Some(data) = frame.data_ref() else { continue };
                if received.len() + data.len() > bytes_max {
                    return Err(Refusal::body_too_large(bytes_max));
                }
                received.extend_from_slice(data);
            }
        }
    }
}

/// What two equal requests have in common and two different ones do not: method, path and the body's meaning.
pub fn fingerprint(method: &str, path: &str, body: Option<&Json>) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in [method, " ", path, "\n"] {
        context.update(part.as_bytes());
    }
    match body {
        Some(json) => json.canonical(&mut |text| context.update(text.as_bytes())),
        None => context.update(b"{}"),
    }
    let mut fingerprint = [0; 32];
    for (to, from) in fingerprint.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    fingerprint
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        pin::Pin,
        task::{Context as TaskContext, Poll},
    };

    use axum::{http::StatusCode, response::IntoResponse as _};
    use http_body_util::Full;
    // real time: none passes, the runtime's clock is paused in the test that waits.
    use tokio::time::{Sleep, sleep};

    use super::*;

    /// A body that gives so many bytes at a time, each after a pause.
    struct Trickle {
        left: usize,
        bytes_at_a_time: usize,
        pause: Duration,
        next: Pin<Box<Sleep>>,
    }

    impl Trickle {
        fn body(left: usize, bytes_at_a_time: usize, pause: Duration) -> Body {
            Body::new(Self { left, bytes_at_a_time, pause, next: Box::pin(sleep(pause)) })
        }
    }

    impl http_body::Body for Trickle {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut TaskContext<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
            if self.left == 0 {
                return Poll::Ready(None);
            }
            if self.next.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            let count = self.bytes_at_a_time.min(self.left);
            self.left -= count;
            let pause = self.pause;
            self.next = Box::pin(sleep(pause));
            Poll::Ready(Some(Ok(http_body::Frame::data(vec![b'x'; count].into()))))
        }
    }

    async fn status(body: Body) -> StatusCode {
        match read(body).await {
            Ok(_) => StatusCode::OK,
            Err(refusal) => refusal.into_response().status(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_be_slow_but_not_for_ever() {
        let second = Duration::from_secs(1);
        assert_eq!(status(Trickle::body(20 * 1024, 1024, second)).await, StatusCode::OK, "the slowest allowed pace");
        assert_eq!(
            status(Trickle::body(20 * 1024, 500, second)).await,
            StatusCode::REQUEST_TIMEOUT,
            "slower than that"
        );
        assert_eq!(status(Trickle::body(1, 1, Duration::from_millis(4_999))).await, StatusCode::OK, "within the grace");
        assert_eq!(
            status(Trickle::body(1, 1, Duration::from_millis(5_001))).await,
            StatusCode::REQUEST_TIMEOUT,
            "silent"
        );
        let large = Trickle::body(512 * 1024, 16 * 1024, second);
        assert_eq!(status(large).await, StatusCode::REQUEST_TIMEOUT, "longer than half a minute in all");
    }

    #[tokio::test]
    async fn a_body_holds_at_both_edges_of_its_limit() {
        let of = |bytes: usize| Body::new(Full::from(vec![b' '; bytes]));
        assert_eq!(status(of(BODY_BYTES_MAX)).await, StatusCode::OK);
        assert_eq!(status(of(BODY_BYTES_MAX + 1)).await, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(read_form(of(FORM_BYTES_MAX)).await.map(|bytes| bytes.len()), Ok(FORM_BYTES_MAX));
        assert!(read_form(of(FORM_BYTES_MAX + 1)).await.is_err());
        assert_eq!(read_image(of(IMAGE_BODY_BYTES_MAX)).await.map(|bytes| bytes.len()), Ok(IMAGE_BODY_BYTES_MAX));
        assert!(read_image(of(IMAGE_BODY_BYTES_MAX + 1)).await.is_err());
    }
}

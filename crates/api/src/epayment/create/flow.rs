//! `userFlow`, and of a code to be scanned its `qrFormat`.

use domain::payment::{QrFormat, QrSize, UserFlow};

use crate::body::{Members, Violations};

/// The ways to be asked that are published.
const USER_FLOWS: [(&str, Named); 4] = [
    ("WEB_REDIRECT", Named::Flow(UserFlow::WebRedirect)),
    ("PUSH_MESSAGE", Named::Flow(UserFlow::PushMessage)),
    ("NATIVE_REDIRECT", Named::Flow(UserFlow::NativeRedirect)),
    ("QR", Named::Qr),
];
/// What a shop can be handed.
const QR_FORMATS: [(&str, Format); 3] =
    [("TEXT/TARGETURL", Format::Text), ("IMAGE/SVG+XML", Format::Svg), ("IMAGE/PNG", Format::Png)];

#[derive(Clone, Copy)]
enum Named {
    Flow(UserFlow),
    Qr,
}

#[derive(Clone, Copy)]
enum Format {
    Text,
    Svg,
    Png,
}

pub(super) fn read(body: &Members<'_>, violations: &mut Violations) -> Option<UserFlow> {
    body.require("userFlow", violations);
    match body.word("userFlow", &USER_FLOWS, violations)? {
        Named::Flow(flow) => Some(flow),
        Named::Qr => qr_format(body, violations).map(UserFlow::Qr),
    }
}

/// A picture that scales, where nobody says.
fn qr_format(body: &Members<'_>, violations: &mut Violations) -> Option<QrFormat> {
    let Some(format) = body.object("qrFormat", violations) else { return Some(QrFormat::Svg) };
    format.require("format", violations);
    Some(match format.word("format", &QR_FORMATS, violations)? {
        Format::Text => QrFormat::Text,
        Format::Svg => QrFormat::Svg,
        Format::Png => {
            let limits = i64::from(QrSize::LEAST.pixels())..=i64::from(QrSize::MOST.pixels());
            let size = format.integer("size", limits, violations).and_then(|pixels| u16::try_from(pixels).ok());
            QrFormat::Png(size.and_then(QrSize::new).unwrap_or(QrSize::USUAL))
        }
    })
}

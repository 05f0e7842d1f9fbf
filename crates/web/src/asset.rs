//! Files that pages load, built into the program.
//!
//! An address holds a digest of all of them (`/assets/{version}/{name}`): what stands at it never changes, so browsers keep it for a year,
//! and files that name each other by relative addresses always get their own generation.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::view::{BRAND, paths};

/// The route of every file.
pub(crate) const ROUTE: &str = "/assets/{version}/{name}";

/// Name, content type, content.
type Asset = (&'static str, &'static str, &'static [u8]);

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const PNG: &str = "image/png";

const ASSETS: [Asset; 8] = [
    ("kasse.css", CSS, include_bytes!("../assets/kasse.css")),
    ("live.js", SCRIPT, include_bytes!("../assets/live.js")),
    ("pay.js", SCRIPT, include_bytes!("../assets/pay.js")),
    ("wallet.js", SCRIPT, include_bytes!("../assets/wallet.js")),
    ("icon.svg", SVG, include_bytes!("../assets/icon.svg")),
    ("wordmark.svg", SVG, include_bytes!("../assets/wordmark.svg")),
    ("icon-192.png", PNG, include_bytes!("../assets/icon-192.png")),
    ("icon-512.png", PNG, include_bytes!("../assets/icon-512.png")),
];

/// The worker has an address of its own, because it may only serve pages below it.
const WORKER: &str = include_str!("../assets/worker.js");

/// How many digits of the digest stand in an address.
const VERSION_DIGITS: usize = 16;

const FOR_EVER: &str = "public, max-age=31536000, immutable";

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (name, _, content) in ASSETS {
        all.extend_from_slice(name.as_bytes());
        all.extend_from_slice(&content.len().to_le_bytes());
        all.extend_from_slice(content);
    }
    let digits: String = digest(&SHA256, &all).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    digits.chars().take(VERSION_DIGITS).collect()
});

/// What this generation of files is called.
pub(crate) fn version() -> &'static str {
    &VERSION
}

/// Where a file is.
pub(crate) fn url(name: &str) -> String {
    format!("/assets/{}/{name}", version())
}

/// A file. During an upgrade a page may still ask for another generation: it gets this one, and does not keep it.
pub(crate) async fn file(Path((asked, name)): Path<(String, String)>) -> Response {
    let Some((_, kind, content)) = ASSETS.into_iter().find(|(known, ..)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if asked == version() { FOR_EVER } else { "no-store" };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], content).into_response()
}

/// What keeps the wallet's shell at hand. It loads files by itself, under the policy it is delivered with.
pub(crate) async fn worker() -> Response {
    let headers = [
        (header::CONTENT_TYPE, SCRIPT),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; connect-src 'self'"),
    ];
    (headers, WORKER).into_response()
}

/// What makes the wallet installable. Only a sandbox has one, and it says so.
pub(crate) async fn manifest() -> Response {
    let manifest = json!({
        "id": paths::WALLET,
        "name": format!("{BRAND} (TEST)"),
        "short_name": format!("{BRAND} TEST"),
        "start_url": paths::WALLET,
        "scope": paths::WALLET,
        "display": "standalone",
        "background_color": "#f4f5f1",
        "theme_color": "#0b6b50",
        "icons": [
            icon("icon.svg", "any", SVG, "any"),
            icon("icon-192.png", "192x192", PNG, "any"),
            icon("icon-512.png", "512x512", PNG, "any"),
            icon("icon-512.png", "512x512", PNG, "maskable"),
        ],
    });
    let headers: [(HeaderName, &str); 2] =
        [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, manifest.to_string()).into_response()
}

fn icon(name: &str, sizes: &str, kind: &str, purpose: &str) -> Value {
    json!({ "src": url(name), "sizes": sizes, "type": kind, "purpose": purpose })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(response: &Response, name: HeaderName) -> &str {
        response.headers().get(name).unwrap().to_str().unwrap()
    }

    fn asked(version: &str, name: &str) -> Path<(String, String)> {
        Path((version.to_owned(), name.to_owned()))
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_under_its_own_version_only() {
        let response = file(asked(version(), "kasse.css")).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header_of(&response, header::CONTENT_TYPE), "text/css; charset=utf-8");
        assert_eq!(header_of(&response, header::CACHE_CONTROL), "public, max-age=31536000, immutable");
        let old = file(asked("0000000000000000", "kasse.css")).await;
        assert_eq!((old.status(), header_of(&old, header::CACHE_CONTROL)), (StatusCode::OK, "no-store"));
        assert_eq!(file(asked(version(), "secrets.css")).await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_version_is_short_and_made_of_hexadecimal_digits() {
        assert_eq!(version().len(), VERSION_DIGITS);
        assert!(version().bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(url("live.js"), format!("/assets/{}/live.js", version()));
    }

    #[test]
    fn no_file_uses_what_the_content_security_policy_forbids() {
        for (name, kind, content) in ASSETS.into_iter().chain([("worker.js", SCRIPT, WORKER.as_bytes())]) {
            if kind == PNG {
                continue;
            }
            let text = std::str::from_utf8(content).unwrap();
            for forbidden in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "DOMParser",
                "eval(",
                "document.write",
                "http:",
                "@import",
            ] {
                let is_namespace = kind == SVG && forbidden == "http:";
                assert!(is_namespace || !text.contains(forbidden), "{name}: {forbidden}");
            }
        }
    }

    #[test]
    fn the_worker_keeps_only_files_that_exist() {
        let list = WORKER.split("files = [").nth(1).unwrap().split(']').next().unwrap();
        let names: Vec<&str> = list.split(',').map(|name| name.trim().trim_matches('\'')).collect();
        assert!(names.len() >= 4);
        for name in names {
            assert!(ASSETS.iter().any(|(known, ..)| *known == name), "{name}");
        }
    }
}

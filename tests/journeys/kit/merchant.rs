//! A merchant's own site: what a payer comes back to. It remembers every request byte for byte.

use testkit::receivers::{Received, Receiver, Reply};

/// The heading of every page of it.
const HEADING: &str = "Thank you";

/// A merchant's site on a free port.
pub struct Merchant {
    site: Receiver,
}

impl Merchant {
    pub(super) async fn start() -> Self {
        Self { site: Receiver::start_with(|_, request| page(request)).await }
    }

    /// The URL of a path of it.
    pub fn url(&self, path: &str) -> String {
        self.site.url(path)
    }

    /// The URL of a page that shows another in a frame.
    pub fn framing(&self, framed: &str) -> String {
        let hex: String = framed.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.url(&format!("/frame/{hex}"))
    }

    /// The targets that were asked for, as they were written; what browsers ask for by themselves is not among them.
    pub fn visits(&self) -> Vec<String> {
        let targets = self.site.received().into_iter().map(|request| request.target());
        targets.filter(|target| target != "/favicon.ico").collect()
    }

    /// Waits until somebody comes back, and answers the request.
    pub async fn wait_for_visit(&self) -> Received {
        let is_page = |request: &Received| request.target() != "/favicon.ico";
        let received = self.site.wait_until(|all| all.iter().any(|request| is_page(request))).await;
        let first = received.iter().find(|request| is_page(request));
        first.map(|request| Received::clone(request)).expect("it has come")
    }
}

fn page(request: &Received) -> Reply {
    let target = request.target();
    let framed = target.strip_prefix("/frame/").map(from_hex);
    let inside = framed.map_or_else(String::new, |url| format!("<iframe title=\"framed\" src=\"{url}\"></iframe>"));
    let body = format!(
        "<!doctype html><html lang=\"en\"><title>{HEADING}</title><link rel=\"icon\" href=\"data:,\"><h1>{HEADING}</h1>{inside}"
    );
    Reply::status(200).header("Content-Type", "text/html; charset=utf-8").body(body)
}

fn from_hex(hex: &str) -> String {
    let pairs = hex.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).into_owned());
    let bytes: Vec<u8> = pairs.filter_map(|pair| u8::from_str_radix(&pair, 16).ok()).collect();
    String::from_utf8_lossy(&bytes).replace('&', "&amp;")
}

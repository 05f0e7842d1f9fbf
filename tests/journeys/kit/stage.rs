//! Where a journey takes place: a server with its merchant, the merchant's own site, and a turn, since few browsers fit on a machine.

use std::sync::Arc;

use serde_json::Value;
use testkit::{Kasse, Setup, Shop};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Browser, Merchant, Wishes};

/// How many journeys go on at once. Each starts as many browsers as it needs.
const TURNS: usize = 2;

/// Everything but the browsers.
pub struct Stage {
    /// The server, with the clock it lives by.
    pub kasse: Kasse,
    /// The merchant's program.
    pub shop: Shop,
    /// The merchant's site.
    pub merchant: Merchant,
    _turn: OwnedSemaphorePermit,
}

impl Stage {
    /// A sandbox with the merchant of the published examples.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// The same of a server as this test wants it.
    pub async fn with(setup: Setup) -> Self {
        static WAITING: std::sync::LazyLock<Arc<Semaphore>> =
            std::sync::LazyLock::new(|| Arc::new(Semaphore::new(TURNS)));
        let turn = Arc::clone(&WAITING).acquire_owned().await.expect("it is never closed");
        let kasse = Kasse::with(setup).await;
        let (shop, merchant) = (kasse.shop().await, Merchant::start().await);
        Self { kasse, shop, merchant, _turn: turn }
    }

    /// A browser that reads English and runs scripts.
    pub async fn browser(&self) -> Browser {
        self.browser_that(Wishes::default()).await
    }

    /// A browser as this test wants it.
    pub async fn browser_that(&self, wishes: Wishes) -> Browser {
        Browser::start(wishes).await
    }

    /// The URL of a path of the server.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.kasse.public_url())
    }

    /// What a shop would propose, with the way back to its site.
    pub fn proposal(&self, reference: &str, value: i64) -> Value {
        let mut proposal = Shop::proposal(reference, value);
        proposal["returnUrl"] = Value::from(self.merchant.url(&format!("/done?reference={reference}")));
        proposal
    }

    /// Creates a payment and answers the link the shop sends its customer to.
    pub async fn link(&self, proposal: &Value) -> String {
        let reference = proposal["reference"].as_str().expect("a reference");
        let created = self.shop.post("/payments", reference, proposal).await;
        assert_eq!(created.status, 201, "{}", created.text());
        created.json()["redirectUrl"].as_str().expect("a link").to_owned()
    }

    /// Creates a payment of 499 kroner and answers its link.
    pub async fn usual_link(&self, reference: &str) -> String {
        self.link(&self.proposal(reference, 49_900)).await
    }

    /// Ends the test: no browser has complained, and the data holds no contradiction.
    pub async fn finish<const N: usize>(self, browsers: [Browser; N]) {
        for browser in browsers {
            let complaints = browser.complaints().await;
            assert!(complaints.is_empty(), "the console says: {complaints:#?}");
        }
        self.kasse.finish().await;
    }
}

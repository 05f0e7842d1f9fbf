//! A real browser with a profile of its own, headless, on this machine.
//!
//! How it starts and what it can be made to be: narrow, dark, offline, without script, of another language. What a person does in it is in
//! `actions`.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{driver::Driver, session::Session};

/// How every browser starts. It runs as root in containers, where it has no sandbox of its own, and speaks to this machine alone.
const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
];

/// The setting that keeps every page's scripts from running; the driver's own still run.
const SCRIPT_SETTING: &str = "profile.managed_default_content_settings.javascript";
const BLOCKED: u8 = 2;

/// The user agent of a telephone.
const PHONE: &str = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36";

/// What a test wants a browser to be.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// Whether scripts of pages run.
    pub script: bool,
    /// The languages its owner reads, as the browser says them.
    pub languages: &'static str,
    /// Whether it says that it is a telephone's.
    pub phone: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { script: true, languages: "en", phone: false }
    }
}

/// A browser; gone when it is dropped.
pub struct Browser {
    pub(super) session: Session,
}

impl Browser {
    /// An empty one.
    pub(super) async fn start(wishes: Wishes) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let driver = Driver::shared();
        let profile = driver.directory.join(format!("profile-{}", NUMBER.fetch_add(1, Ordering::SeqCst)));
        let own = [format!("--user-data-dir={}", profile.display()), format!("--user-agent={PHONE}")];
        let own = own.iter().take(if wishes.phone { 2 } else { 1 }).map(String::as_str);
        let arguments: Vec<&str> = ARGUMENTS.iter().copied().chain(own).collect();
        let mut settings = json!({ "intl.accept_languages": wishes.languages });
        if !wishes.script {
            settings[SCRIPT_SETTING] = Value::from(BLOCKED);
        }
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments, "prefs": settings },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "implicit": 0, "pageLoad": 20_000, "script": 20_000 },
        });
        Self { session: Session::start(driver.address, capabilities).await }
    }

    /// Makes the page so many CSS pixels wide.
    pub async fn resize(&self, width: u32) {
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.session.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Prefers these colours: `light` or `dark`.
    pub async fn prefer_colours(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.session.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// Takes the network away, or gives it back.
    pub async fn set_offline(&self, offline: bool) {
        self.session.devtools("Network.enable", json!({})).await;
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.session.devtools("Network.emulateNetworkConditions", conditions).await;
    }

    /// What its console has said since it was last asked and what no page should make it say: errors, and whatever a page was refused.
    pub async fn complaints(&self) -> Vec<String> {
        let said = self.session.post("/se/log", json!({ "type": "browser" })).await;
        let lines = said.as_array().cloned().unwrap_or_default();
        let is_complaint = |line: &&Value| {
            // Asked for by the browser itself and not by the page.
            let message = line["message"].as_str().unwrap_or_default();
            if message.contains("/favicon.ico ") {
                return false;
            }
            // A form without a script that is shown again with what was wrong in it: an answer, and no failure to load.
            if message.contains("the server responded with a status of 422") {
                return false;
            }
            let is_refusal = line["source"] == "security" || line["source"] == "violation";
            is_refusal || line["level"] == "SEVERE" || line["level"] == "WARNING"
        };
        lines.iter().filter(is_complaint).map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Opens a tab and goes to it. Answers the one it was in.
    pub async fn open_tab(&self) -> String {
        let before = self.tab().await;
        let opened = self.session.post("/window/new", json!({ "type": "tab" })).await;
        self.switch_to(opened["handle"].as_str().unwrap_or_default()).await;
        before
    }

    /// The tab it is in.
    pub async fn tab(&self) -> String {
        self.session.get("/window").await.as_str().unwrap_or_default().to_owned()
    }

    /// All tabs, in the order in which they were opened.
    pub async fn tabs(&self) -> Vec<String> {
        let tabs = self.session.get("/window/handles").await;
        tabs.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Goes to a tab.
    pub async fn switch_to(&self, tab: &str) {
        self.session.post("/window", json!({ "handle": tab })).await;
    }

    /// Closes the tab it is in and goes to another.
    pub async fn close_tab(&self, other: &str) {
        self.session.command("DELETE", "/window", &Value::Null).await;
        self.switch_to(other).await;
    }
}

//! What a person does in a browser, and what a person then sees.
//!
//! Whatever is clicked or filled is found by its accessible name, the one the browser computes for assistive technology. A name that ends
//! in `…` stands for every name that begins so. What is not there yet is waited for; two of one name are a defect and fail.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Browser,
    session::{Failure, numbers, poll},
};

const BUTTONS: &str = "button, input[type=submit], [role=button]";
const LINKS: &str = "a[href]";
const DISCLOSURES: &str = "summary";
const FIELDS: &str = "input:not([type=hidden]):not([type=submit]), textarea, select";

/// What the protocol calls the keys that write nothing.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";
pub const SPACE: &str = " ";

impl Browser {
    /// Goes to an address and waits until its page is there.
    pub async fn go(&self, url: &str) {
        self.session.post("/url", json!({ "url": url })).await;
    }

    /// As the button of that name does.
    pub async fn back(&self) {
        self.session.post("/back", json!({})).await;
    }

    /// As the button of that name does.
    pub async fn forward(&self) {
        self.session.post("/forward", json!({})).await;
    }

    /// As the button of that name does.
    pub async fn reload(&self) {
        self.session.post("/refresh", json!({})).await;
    }

    /// Clicks the one button of this name.
    pub async fn click_button(&self, name: &str) {
        self.click(BUTTONS, name).await;
    }

    /// Clicks the one link of this name.
    pub async fn click_link(&self, name: &str) {
        self.click(LINKS, name).await;
    }

    /// Clicks whatever is a button, a link or something to unfold of this name.
    pub async fn press(&self, name: &str) {
        self.click(&format!("{BUTTONS}, {LINKS}, {DISCLOSURES}"), name).await;
    }

    /// From now on speaks of what the first frame of the page holds.
    pub async fn enter_frame(&self) {
        self.session.post("/frame", json!({ "id": 0 })).await;
    }

    /// From now on speaks of the page itself again.
    pub async fn leave_frame(&self) {
        self.session.post("/frame", json!({ "id": null })).await;
    }

    /// Clicks the button or link of this name if it is there; whoever races with the page cannot know.
    pub async fn press_if_there(&self, name: &str) {
        if let Some(element) = self.named(&format!("{BUTTONS}, {LINKS}"), name).await.unwrap_or_default().first() {
            // It may have gone since.
            let _ = self.session.try_command("POST", &format!("/element/{element}/click"), &json!({})).await;
        }
    }

    /// Writes into the one field of this label, instead of what it holds.
    pub async fn fill(&self, label: &str, text: &str) {
        self.on(FIELDS, label, "clear", json!({})).await;
        self.on(FIELDS, label, "value", json!({ "text": text })).await;
    }

    /// Chooses what has this value in the list of this label; the first of several, as countries share a calling code.
    pub async fn choose(&self, label: &str, value: &str) {
        let list = self.find("select", label).await;
        let option = json!({ "using": "css selector", "value": format!("option[value=\"{value}\"]") });
        let found = self.session.post(&format!("/element/{list}/elements"), option).await;
        let options = numbers(&found);
        let option = options.first().unwrap_or_else(|| panic!("{label} does not offer {value}"));
        self.session.post(&format!("/element/{option}/click"), json!({})).await;
    }

    /// Ticks the one box of this label, or takes the tick away.
    pub async fn tick(&self, label: &str) {
        self.click("input[type=checkbox], input[type=radio]", label).await;
    }

    /// Presses keys, one after another, wherever the focus is.
    pub async fn type_keys(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|way| json!({ "type": way, "value": key.to_string() })))
            .collect();
        let keyboard = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.session.post("/actions", keyboard).await;
    }

    /// The name of what has the focus; empty where nothing has one.
    pub async fn focused(&self) -> String {
        match self.session.focused().await {
            Some(element) => self.name_of(&element).await.unwrap_or_default(),
            None => String::new(),
        }
    }

    /// The value of the one field of this label.
    pub async fn value(&self, label: &str) -> String {
        let field = self.find(FIELDS, label).await;
        let value = self.session.get(&format!("/element/{field}/property/value")).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Whether there is a button, a link or something to unfold of this name right now.
    pub async fn offers(&self, name: &str) -> bool {
        self.named(&format!("{BUTTONS}, {LINKS}, {DISCLOSURES}"), name).await.is_ok_and(|found| !found.is_empty())
    }

    /// The names of all buttons and links, in the order of the document.
    pub async fn offered(&self) -> Vec<String> {
        let mut names = Vec::new();
        for element in self.session.elements(&format!("{BUTTONS}, {LINKS}")).await.unwrap_or_default() {
            names.extend(self.name_of(&element).await.ok());
        }
        names
    }

    /// The address of the page.
    pub async fn url(&self) -> String {
        self.session.get("/url").await.as_str().unwrap_or_default().to_owned()
    }

    /// The title of the page.
    pub async fn title(&self) -> String {
        self.session.get("/title").await.as_str().unwrap_or_default().to_owned()
    }

    /// The words of the first heading.
    pub async fn heading(&self) -> String {
        self.words("h1").await
    }

    /// Everything that can be read on the page.
    pub async fn text(&self) -> String {
        self.words("body").await
    }

    /// Waits until the first heading says this.
    pub async fn wait_for_heading(&self, heading: &str) {
        self.wait_for("h1", heading).await;
    }

    /// Waits until the page says this somewhere.
    pub async fn wait_for_text(&self, text: &str) {
        self.wait_for("body", text).await;
    }

    /// Waits until nothing of this name is offered any more: for what an act takes away, as a press does not wait for
    /// its answer.
    pub async fn wait_until_not_offered(&self, name: &str) {
        let look = async || if self.offers(name).await { Err(name.to_owned()) } else { Ok(()) };
        poll("it is still offered", look).await;
    }

    /// Waits until the address is one that is wanted, and answers it.
    pub async fn wait_for_url(&self, is_wanted: impl Fn(&str) -> bool) -> String {
        let look = async || {
            let url = self.url().await;
            if is_wanted(&url) { Ok(url) } else { Err(url) }
        };
        poll("the address is not the one that is waited for", look).await
    }

    /// What a script answers, which is the body of a function. For looking at what no person sees.
    pub async fn ask(&self, script: &str) -> Value {
        self.session.script(script).await
    }

    /// By how many pixels the page is wider than the window, and what is in it that is.
    pub async fn overflow(&self) -> Option<String> {
        let wide = "const room = document.documentElement.clientWidth; \
            const wide = document.documentElement.scrollWidth - room; if (wide <= 0) return null; \
            const far = [...document.querySelectorAll('body *')].filter(e => \
            e.getBoundingClientRect().right > room + 1 || (e.clientWidth && e.scrollWidth > e.clientWidth)); \
            return wide + ' pixels: ' + far.slice(0, 5).map(e => e.tagName + '.' + e.className + ' ' + e.id).join(', ');";
        self.ask(wide).await.as_str().map(str::to_owned)
    }

    /// A picture of the whole page, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let shot = self.session.devtools("Page.captureScreenshot", json!({ "captureBeyondViewport": true })).await;
        STANDARD.decode(shot["data"].as_str().unwrap_or_default()).expect("a picture")
    }

    async fn wait_for(&self, selector: &str, wanted: &str) {
        let look = async || {
            let words = self.words(selector).await;
            if words.contains(wanted) { Ok(()) } else { Err(format!("{selector} says {words:?}")) }
        };
        poll(&format!("waiting for {wanted:?}"), look).await;
    }

    async fn words(&self, selector: &str) -> String {
        let script = format!("return document.querySelector('{selector}')?.innerText ?? ''");
        // A page that is just being left says nothing.
        let body = json!({ "script": script, "args": [] });
        let said = self.session.try_command("POST", "/execute/sync", &body).await.unwrap_or_default();
        plain(said.as_str().unwrap_or_default())
    }

    async fn click(&self, kinds: &str, name: &str) {
        self.on(kinds, name, "click", json!({})).await;
    }

    /// Does something to the one element of this name; once more where the page changed meanwhile.
    async fn on(&self, kinds: &str, name: &str, what: &str, body: Value) {
        let act = async || {
            let element = self.find(kinds, name).await;
            match self.session.try_command("POST", &format!("/element/{element}/{what}"), &body).await {
                Ok(_) => Ok(()),
                Err(failure) if failure.is_passing() => Err(failure.message),
                Err(failure) => panic!("{what} on {name:?}: {}: {}", failure.error, failure.message),
            }
        };
        poll(&format!("{what} on {name:?}"), act).await;
    }

    /// The one element of this name, as soon as it is there.
    async fn find(&self, kinds: &str, name: &str) -> String {
        let look = async || match self.named(kinds, name).await {
            Ok(mut found) if found.len() == 1 => Ok(found.remove(0)),
            Ok(found) if found.is_empty() => {
                Err(format!("the page {:?} offers {:?}", self.heading().await, self.offered().await))
            }
            Ok(found) => panic!("there are {} of the name {name:?}", found.len()),
            Err(failure) if failure.is_passing() => Err(failure.message),
            Err(failure) => panic!("{name:?}: {}: {}", failure.error, failure.message),
        };
        poll(&format!("nothing is called {name:?}"), look).await
    }

    async fn named(&self, kinds: &str, name: &str) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        for element in self.session.elements(kinds).await? {
            if is_called(&self.name_of(&element).await?, name) && self.is_shown(&element).await? {
                found.push(element);
            }
        }
        Ok(found)
    }

    async fn name_of(&self, element: &str) -> Result<String, Failure> {
        let path = format!("/element/{element}/computedlabel");
        let name = self.session.try_command("GET", &path, &Value::Null).await?;
        Ok(plain(name.as_str().unwrap_or_default()))
    }

    async fn is_shown(&self, element: &str) -> Result<bool, Failure> {
        let path = format!("/element/{element}/displayed");
        Ok(self.session.try_command("GET", &path, &Value::Null).await? == true)
    }
}

fn is_called(name: &str, wanted: &str) -> bool {
    match wanted.strip_suffix('…') {
        Some(beginning) => name.starts_with(beginning),
        None => name == wanted,
    }
}

/// The same with every kind of space as the usual one.
fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ").trim().to_owned()
}

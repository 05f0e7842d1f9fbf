//! A session with the driver: commands of the WebDriver protocol as JSON over HTTP, each with a limit.
//!
//! Knows nothing of pages. The session, and with it the browser, ends when this is dropped, also where the test panics.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::{Value, json};
use testkit::Http;
use tokio::time::{Instant, timeout};

/// No command takes longer. More than a page may take to load, which the browser is told.
const COMMAND: Duration = Duration::from_secs(45);
/// What a page does not show by then it never will.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(25);

/// The name of an element's number in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Why a command was not carried out.
#[derive(Debug)]
pub(super) struct Failure {
    /// One of the protocol's words.
    pub(super) error: String,
    pub(super) message: String,
}

impl Failure {
    /// Whether the page changed while it was looked at, so that looking again may help.
    pub(super) fn is_passing(&self) -> bool {
        let passing = ["stale element reference", "element click intercepted", "element not interactable"];
        // The driver's own words where a document goes while it is asked about.
        let gone = ["does not belong to the document", "Cannot find context", "node with given id"];
        passing.contains(&self.error.as_str()) || gone.iter().any(|words| self.message.contains(words))
    }
}

/// A session with one browser.
pub(super) struct Session {
    http: Http,
    address: SocketAddr,
    path: String,
}

impl Session {
    /// Starts a browser with these capabilities.
    pub(super) async fn start(address: SocketAddr, capabilities: Value) -> Self {
        let http = Http::new(address);
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let answer = send(&http, "POST", "/session", &body).await;
        let value = answer.unwrap_or_else(|failure| panic!("no browser started: {}", failure.message));
        let id = value["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {value}"));
        Self { http, address, path: format!("/session/{id}") }
    }

    /// A command, and what it answers.
    pub(super) async fn try_command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        send(&self.http, method, &format!("{}{path}", self.path), body).await
    }

    /// A command that must be carried out.
    pub(super) async fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let done = self.try_command(method, path, body).await;
        done.unwrap_or_else(|failure| panic!("{method} {path}: {}: {}", failure.error, failure.message))
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        self.command("GET", path, &Value::Null).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        self.command("POST", path, &body).await
    }

    /// The numbers of the elements that a selector finds, in the order of the document.
    pub(super) async fn elements(&self, selector: &str) -> Result<Vec<String>, Failure> {
        let found =
            self.try_command("POST", "/elements", &json!({ "using": "css selector", "value": selector })).await?;
        Ok(numbers(&found))
    }

    /// The number of the element that has the focus.
    pub(super) async fn focused(&self) -> Option<String> {
        let active = self.try_command("GET", "/element/active", &Value::Null).await.ok()?;
        active[ELEMENT].as_str().map(str::to_owned)
    }

    /// What a script answers; it is the body of a function and runs whatever the page allows.
    pub(super) async fn script(&self, script: &str) -> Value {
        self.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// A command of the browser's own protocol.
    pub(super) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Without the runtime, which may be ending. Whoever cannot be told is killed with the driver.
        let _ = self.end();
    }
}

impl Session {
    fn end(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect_timeout(&self.address, COMMAND)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "DELETE {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.path, self.address)?;
        // It is done when it is answered; the connection the driver leaves open.
        stream.read(&mut [0; 1024]).map(drop)
    }
}

/// The numbers of a list of elements.
pub(super) fn numbers(elements: &Value) -> Vec<String> {
    let elements = elements.as_array().into_iter().flatten();
    elements.filter_map(|element| element[ELEMENT].as_str().map(str::to_owned)).collect()
}

async fn send(http: &Http, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
    let (headers, body): (&[_], _) = match body {
        Value::Null => (&[], String::new()),
        body => (&[("content-type", "application/json")], body.to_string()),
    };
    // real time: a browser that does not answer must end the test.
    let answer = timeout(COMMAND, http.try_send(method, path, headers, body)).await;
    let answer = answer.unwrap_or_else(|_| panic!("{method} {path}: the browser did not answer in {COMMAND:?}"));
    let answer = answer.unwrap_or_else(|| panic!("{method} {path}: the driver of the browsers is gone"));
    let mut value = answer.json()["value"].take();
    if answer.status == 200 {
        return Ok(value);
    }
    let mut word = |name: &str| value[name].take().as_str().unwrap_or_default().to_owned();
    Err(Failure { error: word("error"), message: word("message") })
}

/// Asks until the answer is one. Panics with `what` and the last thing seen where it never is.
pub async fn poll<T, S: AsyncFnMut() -> Result<T, String>>(what: &str, mut look: S) -> T {
    let begun = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) => assert!(begun.elapsed() < PATIENCE, "{what}: {seen}"),
        }
        // real time: what a browser shows can only be looked at again.
        tokio::time::sleep(PAUSE).await;
    }
}

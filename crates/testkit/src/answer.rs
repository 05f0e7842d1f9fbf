//! What came back, and the questions tests ask of it.

use bytes::Bytes;
use hyper::HeaderMap;
use serde_json::Value;

/// A whole response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub bytes: Bytes,
}

impl Answer {
    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The published number of the rule that was broken, if the answer names one.
    pub fn error_code(&self) -> Option<String> {
        let json = self.json();
        let details = json["extraDetails"].as_array()?;
        let code = details.iter().find(|detail| detail["name"] == "ErrorCode")?;
        code["reason"].as_str().map(str::to_owned)
    }

    /// The names of the violated fields, sorted.
    pub fn violated(&self) -> Vec<String> {
        let json = self.json();
        let details = json["extraDetails"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> =
            details.iter().filter_map(|detail| detail["name"].as_str().map(str::to_owned)).collect();
        names.sort();
        names
    }

    /// Status and number in one, for assertions that read like a table: `"409 4020"`, `"200"`.
    pub fn outcome(&self) -> String {
        match self.error_code() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }
}

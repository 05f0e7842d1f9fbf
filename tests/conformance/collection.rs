//! A published request collection: its requests by name, its variables filled in.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::Value;
use testkit::{Answer, Http};

/// What stands for the server under test: what a person fills in, and where a collection has it written out.
const HOSTS: [&str; 2] = ["http://kasse", "https://apitest.vipps.no"];

/// The folder of published contracts, if this run has one.
pub fn contracts() -> Option<PathBuf> {
    let folder = std::env::var_os("KASSE_CONTRACTS").map(PathBuf::from);
    if folder.is_none() {
        println!("KASSE_CONTRACTS is not set: no published collection to send");
    }
    // Relative to the repository, from where people and CI call the tests.
    folder.map(|folder| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(folder))
}

/// A collection with the values of its variables.
pub struct Collection {
    items: Vec<Value>,
    variables: BTreeMap<String, String>,
}

impl Collection {
    /// The collection of this file, with the variables of the environment published beside it.
    pub fn read(folder: &std::path::Path, file: &str) -> Self {
        let read = |file: &str| -> Value {
            let path = folder.join("postman").join(file);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            serde_json::from_str(&text).unwrap()
        };
        let mut items = Vec::new();
        collect(&read(file), &mut items);
        let environment = read("global-postman-environment.json");
        let variables = environment["values"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            items,
            variables: variables.map(|variable| (text(&variable["key"]), text(&variable["value"]))).collect(),
        }
    }

    /// Fills in a variable, as a person does before the first request.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Sends the request of this name, every byte as published but for the host.
    pub async fn send(&self, http: &Http, name: &str) -> Answer {
        let item = self.items.iter().find(|item| item["name"] == name).unwrap_or_else(|| panic!("no request {name}"));
        let request = &item["request"];
        let url = self.filled(request["url"]["raw"].as_str().unwrap());
        let path = HOSTS.iter().find_map(|host| url.strip_prefix(host)).unwrap_or_else(|| panic!("{url}"));
        let mut headers: Vec<(String, String)> = request["header"]
            .as_array()
            .unwrap()
            .iter()
            .map(|header| (header["key"].as_str().unwrap().to_owned(), self.filled(header["value"].as_str().unwrap())))
            .collect();
        if request["auth"]["type"] == "bearer" {
            let token = self.filled(request["auth"]["bearer"][0]["value"].as_str().unwrap());
            headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = self.filled(request["body"]["raw"].as_str().unwrap_or_default());
        http.send(request["method"].as_str().unwrap(), path, &headers, body).await
    }

    /// Unknown variables stay as they are written, as the published tool leaves them.
    fn filled(&self, text: &str) -> String {
        self.variables
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
    }
}

fn collect(value: &Value, items: &mut Vec<Value>) {
    if value.get("request").is_some() {
        items.push(value.clone());
    }
    for item in value["item"].as_array().into_iter().flatten() {
        collect(item, items);
    }
}

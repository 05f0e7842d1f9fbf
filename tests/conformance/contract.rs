//! Our documents against the published ones: paths, methods, parameters, bodies with their fields, what is required, and every word.
//!
//! Each difference is deliberate, has a reason, and stands in `docs/deviations.md`, which is written from the list here. One that is not in
//! the list fails, and so does one in the list that is no difference any more.

mod compare;
mod deviations;
mod shape;

use std::{collections::BTreeSet, path::Path};

use compare::differences;
use deviations::{DEVIATIONS, Deviation, page};
use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::collection::contracts;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deviations.md");

#[test]
fn every_difference_from_the_published_contracts_is_deliberate() {
    let Some(folder) = contracts() else { return };
    let mut wrong = Vec::new();
    for (name, file) in [
        ("access-token", "access-token.yaml"),
        ("epayment", "epayment.yaml"),
        ("order-management", "order-management.yaml"),
        ("webhooks", "webhooks.yaml"),
    ] {
        let published = published(&folder.join("openapi").join(file));
        let documents = api::documents("http://kasse");
        let ours = documents.iter().find(|document| document.name == name).expect("a document");
        let ours = serde_json::to_value(&ours.document).unwrap();
        let found: BTreeSet<String> = differences(&published, &ours).into_iter().collect();
        let of_this = |deviation: &&Deviation| deviation.api == name;
        let listed: BTreeSet<String> =
            DEVIATIONS.iter().filter(of_this).map(|deviation| deviation.difference.to_owned()).collect();
        wrong.extend(found.difference(&listed).map(|difference| format!("{name}, not listed: {difference}")));
        wrong.extend(listed.difference(&found).map(|difference| format!("{name}, no difference: {difference}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_manual_lists_every_deviation_with_its_reason() {
    if std::env::var_os("KASSE_WRITE_DOCS").is_some() {
        std::fs::write(PAGE, page()).unwrap();
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert_eq!(written, page(), "run KASSE_WRITE_DOCS=1 cargo test -p kasse-tests --test conformance to write it anew");
    assert!(DEVIATIONS.iter().all(|deviation| !deviation.reason.is_empty()));
}

#[test]
fn a_document_that_differs_is_told_from_one_that_does_not() {
    let document = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let published = document(PUBLISHED);
    assert_eq!(differences(&published, &published), Vec::<String>::new());
    for (change, to, expected) in [
        ("\"/v1/a/{Id}\"", "\"/v1/b/{Id}\"", "GET /v1/a/{}: not ours"),
        ("\"get\"", "\"post\"", "GET /v1/a/{}: not ours"),
        ("\"MSN\"", "\"MSM\"", "GET /v1/a/{}: header msn: not ours"),
        ("\"x\": {\"type\": \"string\"}", "\"z\": {\"type\": \"string\"}", "GET /v1/a/{} 200: x: not ours"),
        (
            "\"x\": {\"type\": \"string\"}",
            "\"x\": {\"type\": \"integer\"}",
            "GET /v1/a/{} 200: x: type string, ours integer",
        ),
        ("\"required\": [\"x\"]", "\"required\": []", "GET /v1/a/{} 200: x: required, not ours"),
        ("\"A\", \"B\"", "\"A\"", "GET /v1/a/{} 200: y[]: word B: not ours"),
        ("\"A\", \"B\"", "\"A\", \"B\", \"C\"", "GET /v1/a/{} 200: y[]: word C: only ours"),
    ] {
        let ours = document(&PUBLISHED.replace(change, to));
        let found = differences(&published, &ours);
        assert!(found.iter().any(|difference| difference == expected), "{expected}: {found:?}");
    }
}

const PUBLISHED: &str = r##"{
  "paths": { "/v1/a/{Id}": { "parameters": [{ "name": "MSN", "in": "header", "required": true, "schema": { "type": "string" } }],
    "get": { "responses": { "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/A" } } } } } } } },
  "components": { "schemas": { "A": { "type": "object", "required": ["x"], "properties": {
    "x": {"type": "string"}, "y": { "type": "array", "items": { "oneOf": [{ "type": "string", "enum": ["A", "B"] }] } } } } } }
}"##;

fn published(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let documents = YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    json(&documents[0])
}

fn json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Hash(members) => Value::Object(members.iter().map(|(name, value)| (text(name), json(value))).collect()),
        Yaml::Array(elements) => Value::Array(elements.iter().map(json).collect()),
        Yaml::Boolean(value) => Value::Bool(*value),
        Yaml::Integer(value) => Value::from(*value),
        Yaml::Real(value) | Yaml::String(value) => Value::String(value.clone()),
        Yaml::Null | Yaml::BadValue | Yaml::Alias(_) => Value::Null,
    }
}

fn text(name: &Yaml) -> String {
    match name {
        Yaml::String(text) => text.clone(),
        Yaml::Integer(number) => number.to_string(),
        other => panic!("a name that is no text: {other:?}"),
    }
}

//! Two documents, operation by operation. A difference is one line that says where and what.

use std::collections::BTreeMap;

use serde_json::Value;

use super::shape::{Shape, resolved, shape_of};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// From so many operations on a difference is told once for all of them.
const SEVERAL: usize = 3;

/// Everything in which our document differs from the published one.
pub fn differences(published: &Value, ours: &Value) -> Vec<String> {
    let mut by_difference: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in every_difference(published, ours) {
        let is_status = |word: &str| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit());
        let (operation, difference) = line.split_once(": ").expect("a place and a difference");
        let words: Vec<&str> = operation.split(' ').collect();
        let kind = match words.last() {
            Some(status) if is_status(status) && status.starts_with('4') => " refusal",
            Some(status) if is_status(status) => " answer",
            Some(&"body") => " body",
            _ => "",
        };
        by_difference.entry(format!("{kind}: {difference}")).or_default().push(operation.to_owned());
    }
    let told = by_difference.into_iter().flat_map(|(difference, operations)| {
        if operations.len() >= SEVERAL {
            return vec![format!("several operations{difference}")];
        }
        let rest = difference.split_once(": ").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        operations.into_iter().map(|operation| format!("{operation}: {rest}")).collect()
    });
    told.collect()
}

fn every_difference(published: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let (theirs, ours_by_name) = (operations(published), operations(ours));
    for (name, operation) in &theirs {
        match ours_by_name.get(name) {
            Some(other) => compare_operation(name, (published, operation), (ours, other), &mut found),
            None => found.push(format!("{name}: not ours")),
        }
    }
    let only_ours = ours_by_name.keys().filter(|name| !theirs.contains_key(*name));
    found.extend(only_ours.map(|name| format!("{name}: only ours")));
    found
}

/// An operation with the parameters of its path.
struct Operation<'a> {
    operation: &'a Value,
    parameters: BTreeMap<String, bool>,
}

/// By method and path; what a part of the path is called is nobody's business.
fn operations(document: &Value) -> BTreeMap<String, Operation<'_>> {
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in METHODS.into_iter().filter(|method| !item[*method].is_null()) {
            let operation = &item[method];
            let both = [&item["parameters"], &operation["parameters"]];
            let parameters = both.into_iter().filter_map(Value::as_array).flatten();
            let parameters = parameters.map(|parameter| parameter_of(document, parameter)).collect();
            let name = format!("{} {}", method.to_uppercase(), without_names(path));
            operations.insert(name, Operation { operation, parameters });
        }
    }
    operations
}

/// Header names have no letter case, and parts of paths no name.
fn parameter_of(document: &Value, parameter: &Value) -> (String, bool) {
    let parameter = resolved(document, parameter);
    let place = parameter["in"].as_str().expect("a place");
    let name = match place {
        "path" => String::new(),
        _ => parameter["name"].as_str().expect("a name").to_lowercase(),
    };
    (format!("{place} {name}").trim_end().to_owned(), parameter["required"] == true)
}

fn without_names(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn compare_operation(
    name: &str,
    (published, theirs): (&Value, &Operation<'_>),
    (document, ours): (&Value, &Operation<'_>),
    found: &mut Vec<String>,
) {
    for (parameter, is_required) in &theirs.parameters {
        match ours.parameters.get(parameter) {
            None => found.push(format!("{name}: {parameter}: not ours")),
            Some(other) if other == is_required => {}
            Some(true) => found.push(format!("{name}: {parameter}: required only by us")),
            Some(false) => found.push(format!("{name}: {parameter}: required, not ours")),
        }
    }
    let only_ours = ours.parameters.keys().filter(|parameter| !theirs.parameters.contains_key(*parameter));
    found.extend(only_ours.map(|parameter| format!("{name}: {parameter}: only ours")));
    let body = |document, operation: &Value| body_of(document, &operation["requestBody"]);
    compare_bodies(&format!("{name} body"), body(published, theirs.operation), body(document, ours.operation), found);
    for (status, response) in theirs.operation["responses"].as_object().expect("responses") {
        let place = format!("{name} {status}");
        match &ours.operation["responses"][status] {
            Value::Null => found.push(format!("{place}: not ours")),
            other => compare_bodies(&place, body_of(published, response), body_of(document, other), found),
        }
    }
}

/// The shape of the first kind of content, if there is any.
fn body_of(document: &Value, body: &Value) -> Option<Shape> {
    let content = resolved(document, body)["content"].as_object()?;
    Some(shape_of(document, &content.values().next()?["schema"]))
}

fn compare_bodies(place: &str, theirs: Option<Shape>, ours: Option<Shape>, found: &mut Vec<String>) {
    match (theirs, ours) {
        (Some(theirs), Some(ours)) => compare(&format!("{place}:"), "", &theirs, &ours, found),
        (Some(_), None) => found.push(format!("{place}: not ours")),
        // Where nothing is published of a body there is nothing to differ from.
        (None, _) => {}
    }
}

fn compare(place: &str, path: &str, theirs: &Shape, ours: &Shape, found: &mut Vec<String>) {
    let kinds = |shape: &Shape| shape.kinds.iter().cloned().collect::<Vec<_>>().join(" or ");
    if theirs.kinds != ours.kinds {
        found.push(format!("{place} {path}: type {}, ours {}", kinds(theirs), kinds(ours)));
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    for (name, member) in &theirs.members {
        match ours.members.get(name) {
            None => found.push(format!("{place} {}: not ours", below(name))),
            Some(other) => compare(place, &below(name), member, other, found),
        }
    }
    let only_ours = ours.members.keys().filter(|name| !theirs.members.contains_key(*name));
    found.extend(only_ours.map(|name| format!("{place} {}: only ours", below(name))));
    for name in theirs.required.difference(&ours.required).filter(|name| ours.members.contains_key(*name)) {
        found.push(format!("{place} {}: required, not ours", below(name)));
    }
    for name in ours.required.difference(&theirs.required).filter(|name| theirs.members.contains_key(*name)) {
        found.push(format!("{place} {}: required only by us", below(name)));
    }
    found.extend(theirs.words.difference(&ours.words).map(|word| format!("{place} {path}: word {word}: not ours")));
    found.extend(ours.words.difference(&theirs.words).map(|word| format!("{place} {path}: word {word}: only ours")));
    match (&theirs.element, &ours.element) {
        (Some(theirs), Some(ours)) => compare(place, &format!("{path}[]"), theirs, ours, found),
        (Some(_), None) => found.push(format!("{place} {path}[]: not ours")),
        _ => {}
    }
}

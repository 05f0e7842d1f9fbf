//! A value against what a document says of it: enough of JSON Schema for the documents of this project.

use serde_json::Value;

/// What a reference leads to; anything else is itself. An alternative to `null` is what else it may be.
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return resolved(document, document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere")));
    }
    match schema["oneOf"].as_array() {
        Some(alternatives) => {
            let mut others = alternatives.iter().filter(|alternative| alternative["type"] != "null");
            resolved(document, others.next().expect("something that is not null"))
        }
        None => schema,
    }
}

fn referred<'a>(document: &'a Value, schema: &Value) -> &'a Value {
    let reference = schema["$ref"].as_str().unwrap();
    document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

/// What a document says an operation answers under this status.
pub fn described(document: &Value, method: &str, path: &str, status: u16) -> Value {
    let response = &document["paths"][path][method]["responses"][status.to_string()];
    assert!(!response.is_null(), "{method} {path} is not said to answer {status}");
    let content = response["content"].as_object().and_then(|content| content.values().next());
    content.map_or(Value::Null, |content| content["schema"].clone())
}

/// Everything in which the value is not what the schema says.
pub fn unlike(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(document, schema, value, "$", &mut found);
    found
}

/// The first type that is not `null`.
pub fn kind_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or(""),
        kind => kind.as_str().unwrap_or(""),
    }
}

fn compare(document: &Value, schema: &Value, value: &Value, path: &str, found: &mut Vec<String>) {
    let whole = if schema["$ref"].is_string() { referred(document, schema) } else { schema };
    if let Some(alternatives) = whole["oneOf"].as_array() {
        // One of them has to fit; which one is told by the first that comes nearest.
        let told = alternatives.iter().filter(|alternative| alternative["type"] != "null").map(|alternative| {
            let mut found = Vec::new();
            compare(document, alternative, value, path, &mut found);
            found
        });
        found.extend(told.min_by_key(Vec::len).unwrap_or_default());
        return;
    }
    let schema = resolved(document, schema);
    let is_right = match kind_of(schema) {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        other => panic!("{path}: what is {other:?}?"),
    };
    if !is_right {
        found.push(format!("{path} is no {}: {value}", kind_of(schema)));
        return;
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{path} is none of {words:?}: {value}"));
    }
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(required).is_none() {
            found.push(format!("{path}.{required} is missing"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, Value::Null) => found.push(format!("{path}.{name} is not described")),
            (Value::Null, any) => compare(document, any, member, &format!("{path}.{name}"), found),
            (described, _) => compare(document, described, member, &format!("{path}.{name}"), found),
        }
    }
    for (index, element) in value.as_array().into_iter().flatten().enumerate() {
        compare(document, &schema["items"], element, &format!("{path}[{index}]"), found);
    }
}

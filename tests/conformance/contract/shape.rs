//! What a schema says, whichever of its many ways it is written in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A schema in one form: references followed, alternatives merged, `null` forgotten.
#[derive(Debug, Default)]
pub struct Shape {
    /// `string`, `integer`, `object` and so on.
    pub kinds: BTreeSet<String>,
    /// The members of an object.
    pub members: BTreeMap<String, Shape>,
    /// Those that have to be there.
    pub required: BTreeSet<String>,
    /// What an array holds.
    pub element: Option<Box<Shape>>,
    /// The words a text may be.
    pub words: BTreeSet<String>,
}

/// The shape of a schema in a document.
pub fn shape_of(document: &Value, schema: &Value) -> Shape {
    let mut shape = Shape::default();
    add(document, schema, &mut shape);
    shape
}

/// What a reference in the document leads to; anything else is itself.
pub fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').expect("a reference into the same document");
            resolved(document, document.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere")))
        }
        None => value,
    }
}

fn add(document: &Value, schema: &Value, shape: &mut Shape) {
    let schema = resolved(document, schema);
    let texts = |value: &Value| -> BTreeSet<String> {
        let many = value.as_array().into_iter().flatten();
        many.chain(value.is_string().then_some(value)).filter_map(Value::as_str).map(str::to_owned).collect()
    };
    shape.kinds.extend(texts(&schema["type"]));
    shape.kinds.remove("null");
    shape.required.extend(texts(&schema["required"]));
    shape.words.extend(texts(&schema["enum"]));
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        add(document, member, shape.members.entry(name.clone()).or_default());
    }
    if !schema["items"].is_null() {
        add(document, &schema["items"], shape.element.get_or_insert_default());
    }
    for alternatives in ["oneOf", "anyOf", "allOf"] {
        for alternative in schema[alternatives].as_array().into_iter().flatten() {
            add(document, alternative, shape);
        }
    }
}

//! An OpenAPI document as a page shows it: operations with their parameters, fields and answers, every schema laid out flat.

use serde_json::Value;

/// An API.
pub(super) struct Api {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) operations: Vec<Operation>,
}

/// One thing that can be asked.
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Vec<Field>,
    pub(super) answers: Vec<Answer>,
}

/// A parameter, or a field of a body.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) is_required: bool,
    pub(super) rules: String,
    pub(super) description: String,
}

/// What can be answered.
pub(super) struct Answer {
    pub(super) status: String,
    /// What its fields are of.
    pub(super) part: String,
    pub(super) description: String,
    pub(super) fields: Vec<Field>,
}

impl Api {
    pub(super) fn of(name: &str, document: &Value) -> Self {
        let server = text(at(document, "/servers/0/url"));
        let paths = at(document, "/paths").as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods
                .map(|(method, operation)| Operation::of(document, method, format!("{server}{path}"), operation))
                .collect::<Vec<_>>()
        });
        Self {
            name: name.to_owned(),
            title: text(at(document, "/info/title")),
            description: text(at(document, "/info/description")),
            operations: operations.collect(),
        }
    }
}

impl Operation {
    fn of(document: &Value, method: &str, path: String, operation: &Value) -> Self {
        let parameters = at(operation, "/parameters").as_array().into_iter().flatten();
        let answers = at(operation, "/responses").as_object().into_iter().flatten();
        Self {
            id: text(at(operation, "/operationId")),
            method: method.to_uppercase(),
            path,
            summary: text(at(operation, "/summary")),
            parameters: parameters.map(|parameter| Field::of_parameter(document, parameter)).collect(),
            body: fields_of_content(document, at(operation, "/requestBody")),
            answers: answers
                .map(|(status, answer)| Answer {
                    status: status.clone(),
                    part: format!("answer {status}"),
                    description: text(at(answer, "/description")),
                    // What a refusal looks like is told once, not under every status.
                    fields: if status.starts_with('2') { fields_of_content(document, answer) } else { Vec::new() },
                })
                .collect(),
        }
    }
}

impl Field {
    fn of_parameter(document: &Value, parameter: &Value) -> Self {
        let schema = resolved(document, at(parameter, "/schema"));
        Self {
            name: text(at(parameter, "/name")),
            kind: text(at(parameter, "/in")),
            is_required: *at(parameter, "/required") == true,
            rules: rules(schema),
            description: plain(at(parameter, "/description")),
        }
    }
}

fn fields_of_content(document: &Value, holder: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    let content = at(holder, "/content").as_object().and_then(|content| content.values().next());
    if let Some(content) = content {
        lay_out(document, at(content, "/schema"), "", &mut fields);
    }
    fields
}

/// Every member below the schema, by its dotted path.
fn lay_out(document: &Value, schema: &Value, path: &str, fields: &mut Vec<Field>) {
    let schema = resolved(document, schema);
    if kind(schema) == "array" {
        lay_out(document, at(schema, "/items"), &format!("{path}[]"), fields);
        return;
    }
    let required = at(schema, "/required");
    for (name, member) in at(schema, "/properties").as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let described = [member, at(member, "/oneOf/0")].map(|place| plain(at(place, "/description")));
        let whole = resolved(document, member);
        fields.push(Field {
            name: path.clone(),
            kind: kind(whole).to_owned(),
            is_required: required.as_array().is_some_and(|names| names.iter().any(|required| required == name)),
            rules: rules_with_elements(document, whole),
            description: described.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
        });
        lay_out(document, member, &path, fields);
    }
}

/// What a reference leads to, and what else something may be than `null`.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(pointer) = at(schema, "/$ref").as_str().and_then(|reference| reference.strip_prefix('#')) {
        return document.pointer(pointer).map_or(schema, |found| resolved(document, found));
    }
    let alternatives = at(schema, "/oneOf").as_array().into_iter().flatten();
    match alternatives.into_iter().find(|alternative| *at(alternative, "/type") != "null") {
        Some(alternative) => resolved(document, alternative),
        None => schema,
    }
}

fn kind(schema: &Value) -> &str {
    match at(schema, "/type") {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default(),
        kind => kind.as_str().unwrap_or_default(),
    }
}

/// Limits and words of a schema; of a list also those of its elements, unless they are objects, whose members have rows of their own.
fn rules_with_elements(document: &Value, schema: &Value) -> String {
    let elements = rules(resolved(document, at(schema, "/items")));
    match (rules(schema), elements) {
        (own, elements) if elements.is_empty() => own,
        (own, elements) if own.is_empty() => format!("each: {elements}"),
        (own, elements) => format!("{own}; each: {elements}"),
    }
}

/// Limits and words, in words.
fn rules(schema: &Value) -> String {
    let range = |least: &str, most: &str, unit: &str| match (number(schema, least), number(schema, most)) {
        (Some(least), Some(most)) if least == most => Some(format!("exactly {least}{unit}")),
        (Some(least), Some(most)) => Some(format!("{least} to {most}{unit}")),
        (Some(least), None) => Some(format!("at least {least}{unit}")),
        (None, Some(most)) => Some(format!("at most {most}{unit}")),
        (None, None) => None,
    };
    let words = at(schema, "/enum").as_array().map(|words| {
        let words: Vec<String> = words.iter().map(text).collect();
        words.join(", ")
    });
    let pattern = at(schema, "/pattern").as_str().map(str::to_owned);
    let length = range("minLength", "maxLength", " characters").filter(|_| pattern.is_none());
    let parts = [words, length, range("minimum", "maximum", ""), range("minItems", "maxItems", " elements"), pattern];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What stands at a place of a document, `null` where nothing does.
fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    const NOTHING: &Value = &Value::Null;
    value.pointer(pointer).unwrap_or(NOTHING)
}

fn number(schema: &Value, name: &str) -> Option<u64> {
    schema.get(name)?.as_u64()
}

/// Without the marks that documents for programs put around code.
fn plain(value: &Value) -> String {
    text(value).replace('`', "")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

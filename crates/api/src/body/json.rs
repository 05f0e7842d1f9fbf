//! JSON as it was written: numbers keep their digits, members their order and their duplicates.
//!
//! The grammar is the library's; what is ours is that nothing is rounded or merged before a field's own rule has seen it. Depth is bounded.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep arrays and objects may be nested.
pub const DEPTH_MAX: usize = 32;

/// A JSON value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as its text.
    Number(Box<str>),
    /// A string.
    Text(Box<str>),
    /// An array.
    Array(Vec<Json>),
    /// An object: every member that was written, in that order.
    Object(Vec<(Box<str>, Json)>),
}

/// Why a body is no JSON we read, in words for its sender.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Malformed(pub String);

impl Json {
    /// Parses a whole body.
    ///
    /// # Errors
    /// Where it is no JSON, no UTF-8, or nested too deep.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let raw: &RawValue = serde_json::from_slice(body).map_err(malformed)?;
        Self::from_raw(raw, 1)
    }

    fn from_raw(raw: &RawValue, depth: usize) -> Result<Self, Malformed> {
        let text = raw.get();
        let nested = || if depth > DEPTH_MAX { Err(too_deep()) } else { Ok(()) };
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                nested()?;
                let Members(members) = serde_json::from_str(text).map_err(malformed)?;
                let members = members.into_iter().map(|(name, raw)| Ok((name, Self::from_raw(raw, depth + 1)?)));
                Self::Object(members.collect::<Result<_, _>>()?)
            }
            Some(b'[') => {
                nested()?;
                let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(malformed)?;
                Self::Array(elements.into_iter().map(|raw| Self::from_raw(raw, depth + 1)).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Self::Text(serde_json::from_str(text).map_err(malformed)?),
            Some(b't') => Self::Boolean(true),
            Some(b'f') => Self::Boolean(false),
            Some(b'n') => Self::Null,
            _ => Self::Number(text.into()),
        })
    }

    /// Feeds `sink` with a text that is the same for bodies of the same meaning: members sorted, white space gone.
    pub fn canonical(&self, sink: &mut dyn FnMut(&str)) {
        match self {
            Self::Null => sink("null"),
            Self::Boolean(true) => sink("true"),
            Self::Boolean(false) => sink("false"),
            Self::Number(text) => sink(text),
            Self::Text(text) => canonical_text(text, sink),
            Self::Array(elements) => {
                sink("[");
                for element in elements {
                    element.canonical(sink);
                    sink(",");
                }
                sink("]");
            }
            Self::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
                sink("{");
                for (name, value) in sorted {
                    canonical_text(name, sink);
                    sink(":");
                    value.canonical(sink);
                    sink(",");
                }
                sink("}");
            }
        }
    }

    /// The value as JSON text, members in the order they were written.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        match self {
            Self::Null => text.push_str("null"),
            Self::Boolean(value) => text.push_str(if *value { "true" } else { "false" }),
            Self::Number(digits) => text.push_str(digits),
            Self::Text(value) => write_text(value, text),
            Self::Array(elements) => {
                write_list(text, ['[', ']'], elements, |element, text| element.write(text));
            }
            Self::Object(members) => write_list(text, ['{', '}'], members, |(name, value), text| {
                write_text(name, text);
                text.push(':');
                value.write(text);
            }),
        }
    }

    /// What kind of value it is, for a sentence about it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

fn write_list<T>(text: &mut String, [open, close]: [char; 2], list: &[T], write: impl Fn(&T, &mut String)) {
    text.push(open);
    for (index, element) in list.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write(element, text);
    }
    text.push(close);
}

fn write_text(value: &str, text: &mut String) {
    // A string can always be written as JSON.
    text.push_str(&serde_json::to_string(value).unwrap_or_default());
}

/// The length in front keeps any two texts apart without escaping.
fn canonical_text(text: &str, sink: &mut dyn FnMut(&str)) {
    sink("\"");
    sink(&text.len().to_string());
    sink("\"");
    sink(text);
}

fn malformed(error: serde_json::Error) -> Malformed {
    Malformed(format!("The body is not valid JSON: line {}, column {}.", error.line(), error.column()))
}

fn too_deep() -> Malformed {
    Malformed(format!("The body is nested deeper than {DEPTH_MAX} levels."))
}

/// The members of an object, none of them merged.
struct Members<'a>(Vec<(Box<str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(body: &str) -> String {
        let mut text = String::new();
        Json::parse(body.as_bytes()).unwrap().canonical(&mut |part| text.push_str(part));
        text
    }

    #[test]
    fn digits_order_and_duplicates_survive() {
        let parsed = Json::parse(br#" {"b": 12345678901234567890, "a": [1.50, -0], "b": "\u00e6"} "#).unwrap();
        let number = |text: &str| Json::Number(text.into());
        assert_eq!(
            parsed,
            Json::Object(vec![
                ("b".into(), number("12345678901234567890")),
                ("a".into(), Json::Array(vec![number("1.50"), number("-0")])),
                ("b".into(), Json::Text("æ".into())),
            ])
        );
    }

    #[test]
    fn what_is_written_again_reads_the_same() {
        let body = br#" {"b": 12345678901234567890, "a": [1.50, {}, [], true, null], "\"": "\u0001\u00e6\n"} "#;
        let parsed = Json::parse(body).unwrap();
        assert_eq!(Json::parse(parsed.to_text().as_bytes()).unwrap(), parsed);
    }

    #[test]
    fn the_same_meaning_has_the_same_canonical_text() {
        assert_eq!(
            canonical(r#"{"a":1,"b":{"c":"x","d":null}}"#),
            canonical("{ \"b\": {\"d\":null, \"c\":\"\\u0078\"},\n \"a\":1 }")
        );
        let texts = [
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":1.0}"#,
            r#"{"a":[1]}"#,
            r#"{"a":1,"b":2}"#,
            r#"{"a":null}"#,
            r#"{}"#,
            r#"[]"#,
            r#"{"a":"b\",\"c"}"#,
            r#"{"a":"b","c":""}"#,
            r#"["a","b"]"#,
            r#"["a,b"]"#,
            r#"[["a"],"b"]"#,
        ];
        let distinct: std::collections::HashSet<String> = texts.iter().map(|text| canonical(text)).collect();
        assert_eq!(distinct.len(), texts.len());
    }

    #[test]
    fn depth_holds_at_both_edges_and_a_flood_of_brackets_is_harmless() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Json::parse(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(Json::parse(nested(DEPTH_MAX + 1).as_bytes()), Err(too_deep()));
        assert!(Json::parse(nested(100_000).as_bytes()).is_err());
        assert!(Json::parse("[".repeat(1_000_000).as_bytes()).is_err());
        assert!(Json::parse("{\"a\":".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        for body in [
            "",
            " ",
            "{",
            "}",
            "{]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{'a':1}",
            "{a:1}",
            "[1,]",
            "nul",
            "tru",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\n\"",
            "{} {}",
            "NaN",
            "Infinity",
            "{\"a\":1}x",
            "\u{feff}{}",
        ] {
            assert!(Json::parse(body.as_bytes()).is_err(), "{body:?}");
        }
        assert!(Json::parse(b"\"\xff\"").is_err());
        assert_eq!(
            Json::parse(b"{\"a\":}"),
            Err(Malformed("The body is not valid JSON: line 1, column 6.".to_owned()))
        );
    }
}

//! Taking an object apart, field by field, noting every violation on the way.
//!
//! A field that is missing, of the wrong type or out of range is noted under its dotted path and read as `None`; reading goes on, so that
//! one answer names them all. `null` counts as absent. A number where a text belongs is taken by its digits, because real clients send
//! references and telephone numbers that way; a text where a number belongs is not taken.

use domain::text::Invalid;

use super::Json;

/// The most violations one answer names; a request with more is wrong enough.
pub const VIOLATIONS_MAX: usize = 100;

/// What is wrong with a request, field by field.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Violations {
    noted: Vec<(String, String)>,
    soft: Vec<(String, String)>,
}

impl Violations {
    /// Notes that the field breaks a rule.
    pub fn note(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        if self.noted.len() >= VIOLATIONS_MAX {
            return;
        }
        let violation = (name.into(), reason.into());
        if !self.noted.contains(&violation) {
            self.noted.push(violation);
        }
    }

    /// Notes something that is only told together with something else.
    pub fn note_softly(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.soft.push((name.into(), reason.into()));
    }

    /// Everything noted, or nothing if there is nothing that counts.
    pub fn into_result(mut self) -> Result<(), Vec<(String, String)>> {
        if self.noted.is_empty() {
            return Ok(());
        }
        self.noted.append(&mut self.soft);
        Err(self.noted)
    }
}

/// The members of an object in the body, with the way to it.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    path: String,
    members: &'a [(Box<str>, Json)],
}

impl<'a> Members<'a> {
    /// The body itself; notes when it is no object.
    pub fn of_body(json: &'a Json, violations: &mut Violations) -> Self {
        let members = match json {
            Json::Object(members) => members.as_slice(),
            other => {
                violations.note("$", format!("The body must be an object, not {}.", other.kind()));
                &[]
            }
        };
        Self { path: String::new(), members }
    }

    /// The members in order, with every duplicate.
    pub const fn all(&self) -> &'a [(Box<str>, Json)] {
        self.members
    }

    /// The dotted path of a member.
    pub fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The member, if it is there and not `null`; notes a duplicate.
    pub fn get(&self, name: &str, violations: &mut Violations) -> Option<&'a Json> {
        let mut found = self.members.iter().filter(|(member, _)| **member == *name).map(|(_, value)| value);
        let first = found.next();
        if found.next().is_some() {
            violations.note(self.path_of(name), format!("The field {} is given more than once.", self.path_of(name)));
        }
        first.filter(|value| **value != Json::Null)
    }

    /// A text, or the digits of a whole number.
    pub fn text(&self, name: &str, violations: &mut Violations) -> Option<&'a str> {
        match self.get(name, violations)? {
            Json::Text(text) => Some(text),
            Json::Number(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits),
            other => {
                self.wrong_type(name, "a string", other, violations);
                None
            }
        }
    }

    /// A text that must keep a rule.
    pub fn parsed<T>(
        &self,
        name: &str,
        violations: &mut Violations,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        match parse(self.text(name, violations)?) {
            Ok(value) => Some(value),
            Err(Invalid(rule)) => {
                violations.note(self.path_of(name), format!("The field {} {rule}.", self.path_of(name)));
                None
            }
        }
    }

    /// One of a closed list of words.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)], violations: &mut Violations) -> Option<T> {
        let text = match self.get(name, violations)? {
            Json::Text(text) => text,
            other => {
                self.wrong_type(name, "a string", other, violations);
                return None;
            }
        };
        let found = words.iter().find(|(word, _)| **word == **text).map(|(_, value)| *value);
        if found.is_none() {
            let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            violations.note(
                self.path_of(name),
                format!("The field {} must be one of {}.", self.path_of(name), list.join(", ")),
            );
        }
        found
    }

    /// `true` or `false`.
    pub fn boolean(&self, name: &str, violations: &mut Violations) -> Option<bool> {
        match self.get(name, violations)? {
            Json::Boolean(value) => Some(*value),
            other => {
                self.wrong_type(name, "a boolean", other, violations);
                None
            }
        }
    }

    /// A whole number in a range.
    pub fn integer(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
        violations: &mut Violations,
    ) -> Option<i64> {
        let value = match self.get(name, violations)? {
            Json::Number(text) => text.parse().ok().filter(|value| range.contains(value)),
            other => {
                self.wrong_type(name, "an integer", other, violations);
                return None;
            }
        };
        if value.is_none() {
            let path = self.path_of(name);
            let reason = format!("The field {path} must be an integer between {} and {}.", range.start(), range.end());
            violations.note(path, reason);
        }
        value
    }

    /// The same, where a fraction of nothing may stand behind it: `1000.0`.
    pub fn whole_decimal(
        &self,
        name: &str,
        range: std::ops::RangeInclusive<i64>,
        violations: &mut Violations,
    ) -> Option<i64> {
        match self.get(name, violations)? {
            Json::Number(text) => match whole(text).filter(|value| range.contains(value)) {
                Some(value) => Some(value),
                None => self.integer(name, range, violations),
            },
            _ => self.integer(name, range, violations),
        }
    }

    /// An object inside this one.
    pub fn object(&self, name: &str, violations: &mut Violations) -> Option<Self> {
        match self.get(name, violations)? {
            Json::Object(members) => Some(Self { path: self.path_of(name), members }),
            other => {
                self.wrong_type(name, "an object", other, violations);
                None
            }
        }
    }

    /// An array inside this one.
    pub fn array(&self, name: &str, violations: &mut Violations) -> Option<&'a [Json]> {
        match self.get(name, violations)? {
            Json::Array(elements) => Some(elements),
            other => {
                self.wrong_type(name, "an array", other, violations);
                None
            }
        }
    }

    /// An array of objects inside this one, each with its place in its path.
    pub fn objects(&self, name: &str, violations: &mut Violations) -> Option<Vec<Self>> {
        let elements = self.array(name, violations)?;
        let mut objects = Vec::new();
        for (index, element) in elements.iter().enumerate() {
            let path = format!("{}[{index}]", self.path_of(name));
            match element {
                Json::Object(members) => objects.push(Self { path, members }),
                other => {
                    let reason = format!("The field {path} must be an object, not {}.", other.kind());
                    violations.note(path, reason);
                }
            }
        }
        Some(objects)
    }

    /// Whether the member is there and not `null`.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(member, value)| **member == *name && *value != Json::Null)
    }

    /// Notes that the member is not there, unless it is.
    pub fn require(&self, name: &str, violations: &mut Violations) {
        if !self.has(name) {
            violations.note(self.path_of(name), format!("The {} field is required.", self.path_of(name)));
        }
    }

    /// Notes that the member is of another type than it should be.
    pub fn wrong_type(&self, name: &str, wanted: &str, found: &Json, violations: &mut Violations) {
        let path = self.path_of(name);
        let reason = format!("The field {path} must be {wanted}, not {}.", found.kind());
        violations.note(path, reason);
    }
}

/// The whole number a number is, if it is one.
pub fn whole(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_nothing = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    whole.parse().ok().filter(|_| is_nothing)
}

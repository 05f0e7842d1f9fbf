//! Reads just enough structure from blanked code: attributes, the extent of items, functions, imports and names.
//!
//! Works on the output of `lexer`, so brackets in strings and comments are already gone. It trusts that the code
//! compiles; on anything else it gives a poor answer, never a panic.

use crate::lexer::is_name;

/// Words that begin an item, as opposed to a field, variant, statement or expression.
const ITEM_WORDS: &[&str] = &[
    "async",
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "trait",
    "type",
    "union",
    "unsafe",
    "use",
];

/// An attribute: what stands between its brackets, without spaces.
pub struct Attribute {
    pub line: usize,
    pub text: String,
    /// Written with `#!`: about the thing it stands in.
    pub inner: bool,
    /// Offset after the closing bracket.
    pub end: usize,
}

/// A function with a body.
pub struct Function {
    pub name: String,
    pub first_line: usize,
    pub last_line: usize,
}

/// Line of an offset, counted from one.
pub fn line_of(code: &str, at: usize) -> usize {
    code.get(..at).unwrap_or(code).matches('\n').count() + 1
}

/// Everything from an offset on; empty beyond the end.
pub fn rest(code: &str, at: usize) -> &str {
    code.get(at..).unwrap_or_default()
}

/// Offset of the bracket that closes the one at `open`, of whatever kind.
pub fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in rest(code, open).bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return Some(open + at);
        }
    }
    None
}

/// The name an offset points at; empty when there is none.
pub fn name_at(code: &str, at: usize) -> &str {
    rest(code, at).split(|c| !is_name(c)).next().unwrap_or_default()
}

/// Offset of the next character that is not white space.
fn skip_space(code: &str, at: usize) -> usize {
    code.len() - rest(code, at).trim_start().len()
}

/// Offsets at which a name or path stands, not as part of a longer name. A number before it, as in `1_f64`, counts as
/// the end of another name.
pub fn occurrences(code: &str, needle: &str) -> Vec<usize> {
    let opens = needle.starts_with(is_name);
    let closes = needle.ends_with(is_name);
    code.match_indices(needle)
        .map(|(at, _)| at)
        .filter(|at| !opens || !in_name(code.get(..*at).unwrap_or_default()))
        .filter(|at| !closes || !rest(code, at + needle.len()).starts_with(is_name))
        .collect()
}

/// Whether the text ends inside a name (a number is none).
fn in_name(before: &str) -> bool {
    let run = before.trim_end_matches(is_name).len();
    rest(before, run).starts_with(|c: char| !c.is_ascii_digit())
}

pub fn attributes(code: &str) -> Vec<Attribute> {
    let mut found = Vec::new();
    for (start, _) in code.match_indices('#') {
        let inner = rest(code, start).starts_with("#!");
        let open = start + 1 + usize::from(inner);
        if !rest(code, open).starts_with('[') {
            continue;
        }
        let Some(close) = closing(code, open) else { continue };
        let text = code.get(open + 1..close).unwrap_or_default().split_whitespace().collect();
        found.push(Attribute { line: line_of(code, start), text, inner, end: close + 1 });
    }
    found
}

/// Offset of the last character of whatever follows an attribute.
pub fn item_end(code: &str, from: usize) -> usize {
    let mut at = skip_space(code, from);
    while rest(code, at).starts_with("#[") {
        at = skip_space(code, closing(code, at + 1).map_or(code.len(), |close| close + 1));
    }
    if name_at(code, at) == "pub" {
        at = skip_space(code, at + "pub".len());
        if rest(code, at).starts_with('(') {
            at = skip_space(code, closing(code, at).map_or(code.len(), |close| close + 1));
        }
    }
    let is_item = ITEM_WORDS.contains(&name_at(code, at));
    while let Some(byte) = code.as_bytes().get(at) {
        match byte {
            b'(' | b'[' => at = closing(code, at).unwrap_or(code.len()),
            b'{' => return closing(code, at).unwrap_or(code.len()),
            b',' if !is_item => return at,
            b';' | b')' | b']' | b'}' => return at,
            _ => {}
        }
        at += 1;
    }
    code.len()
}

pub fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for at in occurrences(code, "fn") {
        let name_start = skip_space(code, at + "fn".len());
        let name = name_at(code, name_start);
        let end = item_end(code, at);
        if name.is_empty() || !rest(code, end).starts_with('}') {
            continue;
        }
        let (first_line, last_line) = (line_of(code, at), line_of(code, end));
        found.push(Function { name: name.to_owned(), first_line, last_line });
    }
    found
}

/// Every path a `use` brings in, with nested braces written out, and its line.
pub fn imports(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in occurrences(code, "use") {
        let start = at + "use".len();
        let is_import = rest(code, start).starts_with(char::is_whitespace);
        let Some(length) = rest(code, start).find(';').filter(|_| is_import) else { continue };
        let tree = code.get(start..start + length).unwrap_or_default();
        flatten(tree, "", line_of(code, start), &mut found);
    }
    found
}

/// Writes out one level of braces and goes down into each branch.
fn flatten(tree: &str, prefix: &str, line: usize, found: &mut Vec<(usize, String)>) {
    let Some(open) = tree.find('{') else {
        let path: String = tree.split(" as ").next().unwrap_or_default().split_whitespace().collect();
        let blank_lines = line_of(tree, skip_space(tree, 0)) - 1;
        return found.push((line + blank_lines, format!("{prefix}{path}")));
    };
    let head: String = tree.get(..open).unwrap_or_default().split_whitespace().collect();
    let prefix = format!("{prefix}{head}");
    let close = closing(tree, open).unwrap_or(tree.len());
    let mut start = open + 1;
    let mut at = start;
    while at < close {
        match tree.as_bytes().get(at) {
            Some(b'{') => at = closing(tree, at).unwrap_or(close),
            Some(b',') => {
                branch(tree, start..at, &prefix, line, found);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    branch(tree, start..close, &prefix, line, found);
}

fn branch(tree: &str, range: std::ops::Range<usize>, prefix: &str, line: usize, found: &mut Vec<(usize, String)>) {
    let line = line + line_of(tree, range.start) - 1;
    let part = tree.get(range).unwrap_or_default();
    if !part.trim().is_empty() {
        flatten(part, prefix, line, found);
    }
}

/// The macro in whose arguments an offset lies, if nothing else comes between.
pub fn enclosing_macro(code: &str, at: usize) -> Option<&str> {
    let mut depth = 0_usize;
    let before = code.get(..at)?;
    for (open, byte) in before.bytes().enumerate().rev() {
        match byte {
            b')' | b']' | b'}' => depth += 1,
            b'(' | b'[' | b'{' if depth > 0 => depth -= 1,
            b';' if depth == 0 => return None,
            b'(' | b'[' | b'{' => {
                let path = before.get(..open)?.trim_end().strip_suffix('!')?;
                return Some(rest(path, path.trim_end_matches(is_name).len()));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_names_end() {
        assert_eq!(occurrences("strand::x; rand::x", "rand::"), [11]);
        assert_eq!(occurrences("f64x 1_f64 f64", "f64"), [7, 11]);
        assert_eq!(occurrences("a.unwrap_or(); a.unwrap()", ".unwrap("), [16]);
    }

    #[test]
    fn attributes_lose_their_spaces() {
        let code = "#![a]\n#[b(c,\n  d)]\nfn f() { a[0] }";
        let texts: Vec<(usize, String)> = attributes(code).into_iter().map(|a| (a.line, a.text)).collect();
        assert_eq!(texts, [(1, "a".to_owned()), (2, "b(c,d)".to_owned())]);
    }

    #[test]
    fn the_end_of_an_item_is_found() {
        for (code, last) in [
            ("mod tests { fn f() {} } rest", "}"),
            ("mod tests; rest", ";"),
            ("#[a] pub(crate) fn f(x: [u8; 2]) -> u8 where A: B, C: D { 1 } rest", "}"),
            ("pub field: u8, rest", ","),
            ("Variant { a: u8 }, rest", "}"),
        ] {
            let end = item_end(code, 0);
            assert_eq!(code.get(end..=end), Some(last), "{code}");
            assert!(rest(code, end + 1).trim_start_matches(',').starts_with(" rest"), "{code}");
        }
    }

    #[test]
    fn functions_have_a_name_and_a_length() {
        let code = "trait T { fn no_body(&self); }\nfn f(g: fn(u8)) {\n if true { }\n}\n";
        let found: Vec<(String, usize, usize)> =
            functions(code).into_iter().map(|f| (f.name, f.first_line, f.last_line)).collect();
        assert_eq!(found, [("f".to_owned(), 2, 4)]);
    }

    #[test]
    fn imports_are_written_out() {
        let code = "use std::{\n  fs,\n  time::{Duration, Instant as Now},\n};\nuse rusqlite::Connection;\n\
            fn f() -> impl A + use<> {}";
        let found: Vec<(usize, String)> = imports(code);
        let expected =
            [(2, "std::fs"), (3, "std::time::Duration"), (3, "std::time::Instant"), (5, "rusqlite::Connection")];
        assert_eq!(found, expected.map(|(line, path)| (line, path.to_owned())));
    }

    #[test]
    fn the_macro_around_an_offset_is_found() {
        let code = "x(); format!(\"\", f(1), \"\"); g(\"\")";
        let quotes: Vec<Option<&str>> = code.match_indices("\"\"").map(|(at, _)| enclosing_macro(code, at)).collect();
        assert_eq!(quotes, [Some("format"), Some("format"), None]);
    }
}

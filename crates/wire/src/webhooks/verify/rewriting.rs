//! What becomes of a body where something reads it and writes it anew: the same JSON in other bytes.
//!
//! Numbers are kept as they were written and members are never dropped; only [`Rewriting::Reordered`] drops those that are not published.

use std::fmt;

use crate::webhooks::payload::PaymentEvent;

/// Other bytes that say the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rewriting {
    /// The same JSON, written by something with habits of its own.
    Json {
        /// Where it has white space.
        layout: Layout,
        /// How it writes texts.
        escapes: Escapes,
        /// Whether the members of objects are sorted by their names.
        is_sorted: bool,
    },
    /// The same event, its members in the published order.
    Reordered,
    /// Without the white space around it.
    Trimmed,
    /// With a line feed at its end.
    LineBreakAdded,
    /// With a byte order mark before it.
    MarkAdded,
    /// Without the byte order mark before it.
    MarkRemoved,
    /// With line feeds where there were carriage returns and line feeds.
    LineFeeds,
    /// With carriage returns and line feeds where there were line feeds.
    CarriageReturns,
    /// Its bytes taken for Latin-1 and written as UTF-8 once more.
    EncodedTwice,
    /// Its letters written as Latin-1.
    Latin1,
}

/// Where white space is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Nowhere.
    Compact,
    /// After each comma and colon.
    Spaced,
    /// Each member on a line of its own, indented by two spaces.
    Two,
    /// By four.
    Four,
    /// By tabs.
    Tabs,
}

/// How texts are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escapes {
    /// As they were.
    Kept,
    /// Only what has to be escaped.
    Fewest,
    /// Slashes too.
    Slashes,
    /// All that is not ASCII.
    Ascii,
    /// Slashes and all that is not ASCII, as PHP does by itself.
    SlashesAndAscii,
    /// What means something in HTML, as Go does by itself.
    Html,
    /// That and all that is not ASCII, as .NET does by itself.
    HtmlAndAscii,
}

const LAYOUTS: [Layout; 5] = [Layout::Compact, Layout::Spaced, Layout::Two, Layout::Four, Layout::Tabs];
const ESCAPES: [Escapes; 7] = [
    Escapes::Kept,
    Escapes::Fewest,
    Escapes::Slashes,
    Escapes::Ascii,
    Escapes::SlashesAndAscii,
    Escapes::Html,
    Escapes::HtmlAndAscii,
];
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Every other form of a body we know of, the simplest first.
pub(super) fn rewritings(body: &[u8]) -> impl Iterator<Item = (Rewriting, Vec<u8>)> {
    let simple = [
        (Rewriting::Trimmed, Some(body.trim_ascii().to_vec())),
        (Rewriting::LineBreakAdded, Some([body, b"\n"].concat())),
        (Rewriting::MarkRemoved, body.strip_prefix(MARK).map(<[u8]>::to_vec)),
        (Rewriting::MarkAdded, Some([MARK, body].concat())),
        (Rewriting::LineFeeds, text(body).map(|text| text.replace("\r\n", "\n").into_bytes())),
        (Rewriting::CarriageReturns, text(body).map(|text| text.replace('\n', "\r\n").into_bytes())),
        (Rewriting::EncodedTwice, Some(body.iter().copied().map(char::from).collect::<String>().into_bytes())),
        (Rewriting::Latin1, text(body).and_then(|text| text.chars().map(|char| u8::try_from(char).ok()).collect())),
    ];
    let tree = text(body.strip_prefix(MARK).unwrap_or(body)).and_then(tree);
    let event: Option<PaymentEvent> = serde_json::from_slice(body).ok();
    let event = event.and_then(|event| serde_json::to_vec(&event).ok()).map(|bytes| (Rewriting::Reordered, bytes));
    let forms = [false, true].into_iter().flat_map(|is_sorted| {
        LAYOUTS
            .into_iter()
            .flat_map(move |layout| ESCAPES.into_iter().map(move |escapes| Style { layout, escapes, is_sorted }))
    });
    let json = forms.filter_map(move |style| {
        let mut written = String::new();
        style.write(tree.as_ref()?, 0, &mut written);
        let Style { layout, escapes, is_sorted } = style;
        Some((Rewriting::Json { layout, escapes, is_sorted }, written.into_bytes()))
    });
    simple.into_iter().filter_map(|(rewriting, bytes)| Some((rewriting, bytes?))).chain(json).chain(event)
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// JSON as it was written, without its white space.
enum Node {
    /// A number, `true`, `false` or `null`.
    Word(String),
    Text(Text),
    List(Vec<Node>),
    Object(Vec<(Text, Node)>),
}

struct Text {
    /// With quotes, as it was.
    written: String,
    means: String,
}

/// The tree of a text that is JSON and not too deep.
fn tree(text: &str) -> Option<Node> {
    // Whether it is, and how deep, somebody else decides: what is read below may be taken on trust.
    serde_json::from_str::<serde_json::Value>(text).ok()?;
    Reader { rest: text }.node()
}

/// Reads what is known to be JSON.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn node(&mut self) -> Option<Node> {
        match self.peek()? {
            '"' => self.text().map(Node::Text),
            '[' => {
                let mut items = Vec::new();
                self.skip(1);
                while self.peek()? != ']' {
                    items.push(self.node()?);
                    self.comma()?;
                }
                self.skip(1);
                Some(Node::List(items))
            }
            '{' => {
                let mut members = Vec::new();
                self.skip(1);
                while self.peek()? != '}' {
                    let name = self.text()?;
                    self.peek().filter(|next| *next == ':')?;
                    self.skip(1);
                    members.push((name, self.node()?));
                    self.comma()?;
                }
                self.skip(1);
                Some(Node::Object(members))
            }
            _ => {
                let end = |char: char| char.is_ascii_whitespace() || matches!(char, ',' | ']' | '}');
                let word = self.rest.split(end).next()?.to_owned();
                self.skip(word.len());
                Some(Node::Word(word))
            }
        }
    }

    fn text(&mut self) -> Option<Text> {
        let mut is_escaped = true; // the quote it begins with does not end it
        let end = self.rest.find(|char| {
            let ends = char == '"' && !is_escaped;
            is_escaped = char == '\\' && !is_escaped;
            ends
        });
        let written = self.rest.get(..=end?)?.to_owned();
        self.skip(written.len());
        Some(Text { means: serde_json::from_str(&written).ok()?, written })
    }

    fn comma(&mut self) -> Option<()> {
        if self.peek()? == ',' {
            self.skip(1);
        }
        Some(())
    }

    /// The next character that is no white space.
    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.chars().next()
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

#[derive(Clone, Copy)]
struct Style {
    layout: Layout,
    escapes: Escapes,
    is_sorted: bool,
}

impl Style {
    fn write(self, node: &Node, depth: usize, to: &mut String) {
        match node {
            Node::Word(word) => to.push_str(word),
            Node::Text(text) => self.text(text, to),
            Node::List(items) => {
                self.enclosed(['[', ']'], items, depth, to, |item, to| self.write(item, depth + 1, to))
            }
            Node::Object(members) => {
                let mut members: Vec<&(Text, Node)> = members.iter().collect();
                if self.is_sorted {
                    members.sort_by(|(one, _), (other, _)| one.means.cmp(&other.means));
                }
                self.enclosed(['{', '}'], &members, depth, to, |(name, value), to| {
                    self.text(name, to);
                    to.push_str(if self.layout == Layout::Compact { ":" } else { ": " });
                    self.write(value, depth + 1, to);
                });
            }
        }
    }

    fn enclosed<T>(self, ends: [char; 2], items: &[T], depth: usize, to: &mut String, each: impl Fn(&T, &mut String)) {
        let indent = match self.layout {
            Layout::Compact | Layout::Spaced => None,
            Layout::Two => Some("  "),
            Layout::Four => Some("    "),
            Layout::Tabs => Some("\t"),
        };
        let line = |depth: usize| indent.map(|indent| format!("\n{}", indent.repeat(depth))).unwrap_or_default();
        let [open, close] = ends;
        to.push(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                to.push_str(if self.layout == Layout::Spaced { ", " } else { "," });
            }
            to.push_str(&line(depth + 1));
            each(item, to);
        }
        if !items.is_empty() {
            to.push_str(&line(depth));
        }
        to.push(close);
    }

    fn text(self, text: &Text, to: &mut String) {
        if self.escapes == Escapes::Kept {
            return to.push_str(&text.written);
        }
        to.push('"');
        for char in text.means.chars() {
            self.letter(char, to);
        }
        to.push('"');
    }

    fn letter(self, char: char, to: &mut String) {
        use Escapes::{Ascii, Html, HtmlAndAscii, Slashes, SlashesAndAscii};
        let short = match char {
            '"' if self.escapes != HtmlAndAscii => Some("\\\""),
            '/' if matches!(self.escapes, Slashes | SlashesAndAscii) => Some("\\/"),
            '\\' => Some("\\\\"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            _ => None,
        };
        let is_numbered = match self.escapes {
            Ascii | SlashesAndAscii => !char.is_ascii(),
            Html => matches!(char, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'),
            HtmlAndAscii => !char.is_ascii() || matches!(char, '"' | '<' | '>' | '&' | '\'' | '+' | '`' | '\u{7f}'),
            _ => false,
        };
        match short {
            Some(short) => to.push_str(short),
            None if is_numbered || char < ' ' => {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    to.push_str(&match self.escapes {
                        HtmlAndAscii => format!("\\u{unit:04X}"),
                        _ => format!("\\u{unit:04x}"),
                    });
                }
            }
            None => to.push(char),
        }
    }
}

/// As the end of a sentence: "it is …".
impl fmt::Display for Rewriting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Json { layout, escapes, is_sorted } = self else {
            return formatter.write_str(match self {
                Self::Reordered => "the same event with its members in the published order and no white space",
                Self::Trimmed => "the same without the white space around it",
                Self::LineBreakAdded => "the same with a line feed at its end",
                Self::MarkAdded => "the same with a byte order mark before it",
                Self::MarkRemoved => "the same without the byte order mark before it",
                Self::LineFeeds => "the same with line feeds alone at the ends of its lines",
                Self::CarriageReturns => "the same with carriage returns at the ends of its lines",
                Self::EncodedTwice => "the same with its UTF-8 taken for Latin-1 and encoded once more",
                Self::Latin1 | Self::Json { .. } => "the same with its letters in Latin-1",
            });
        };
        formatter.write_str(match layout {
            Layout::Compact => "the same JSON without white space",
            Layout::Spaced => "the same JSON with a space after each comma and colon",
            Layout::Two => "the same JSON indented by two spaces",
            Layout::Four => "the same JSON indented by four spaces",
            Layout::Tabs => "the same JSON indented by tabs",
        })?;
        formatter.write_str(match escapes {
            Escapes::Kept => "",
            Escapes::Fewest => ", with no escapes that are not needed",
            Escapes::Slashes => ", with slashes written \\/",
            Escapes::Ascii => ", with letters beyond ASCII written \\u…",
            Escapes::SlashesAndAscii => ", with slashes written \\/ and letters beyond ASCII \\u…",
            Escapes::Html => ", with <, > and & written \\u…",
            Escapes::HtmlAndAscii => ", with letters beyond ASCII and those of HTML written \\u…",
        })?;
        formatter.write_str(if *is_sorted { ", its members sorted" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"url":"a/b","å":["€",1.50,true,null,{}],"<":[],"𝄞":{"q":"\"\\\n\u0001\\"}}"#;

    #[track_caller]
    fn written(body: &str, layout: Layout, escapes: Escapes, is_sorted: bool) -> String {
        let wanted = Rewriting::Json { layout, escapes, is_sorted };
        let bytes = rewritings(body.as_bytes()).find(|(rewriting, _)| *rewriting == wanted).unwrap().1;
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_form_is_the_same_json() {
        let expected: serde_json::Value = serde_json::from_str(BODY).unwrap();
        let mut forms = std::collections::BTreeSet::new();
        for (rewriting, bytes) in rewritings(BODY.as_bytes()) {
            if matches!(rewriting, Rewriting::Json { .. }) {
                assert_eq!(serde_json::from_slice::<serde_json::Value>(&bytes).unwrap(), expected, "{rewriting:?}");
                forms.insert(bytes);
            }
        }
        // "Kept" writes this body like "fewest" does.
        assert_eq!(forms.len(), 5 * 6 * 2);
    }

    #[test]
    fn what_was_compact_is_found_again_from_every_form() {
        for (rewriting, bytes) in rewritings(BODY.as_bytes()) {
            let is_json = matches!(rewriting, Rewriting::Json { is_sorted: false, .. });
            if is_json || matches!(rewriting, Rewriting::EncodedTwice | Rewriting::MarkAdded) {
                assert!(rewritings(&bytes).any(|(_, again)| again == BODY.as_bytes()), "{rewriting:?}");
            }
        }
    }

    #[test]
    fn the_habits_are_those_of_the_languages() {
        let body = r#"{"b":"å/<€'+𝄞","a":[1,{}]}"#;
        for (layout, escapes, is_sorted, expected) in [
            (Layout::Compact, Escapes::SlashesAndAscii, false, r#"{"b":"\u00e5\/<\u20ac'+\ud834\udd1e","a":[1,{}]}"#),
            (Layout::Spaced, Escapes::Ascii, false, r#"{"b": "\u00e5/<\u20ac'+\ud834\udd1e", "a": [1, {}]}"#),
            (Layout::Compact, Escapes::Html, true, r#"{"a":[1,{}],"b":"å/\u003c€'+𝄞"}"#),
            (
                Layout::Compact,
                Escapes::HtmlAndAscii,
                false,
                r#"{"b":"\u00E5/\u003C\u20AC\u0027\u002B\uD834\uDD1E","a":[1,{}]}"#,
            ),
            (Layout::Two, Escapes::Fewest, false, "{\n  \"b\": \"å/<€'+𝄞\",\n  \"a\": [\n    1,\n    {}\n  ]\n}"),
            (Layout::Tabs, Escapes::Kept, false, "{\n\t\"b\": \"å/<€'+𝄞\",\n\t\"a\": [\n\t\t1,\n\t\t{}\n\t]\n}"),
        ] {
            assert_eq!(written(body, layout, escapes, is_sorted), expected);
        }
    }

    #[test]
    fn what_is_no_json_has_only_the_simple_forms() {
        for body in ["", "no json", "{\"a\":", "{\"a\":1}x", "\u{feff}", &"[".repeat(100_000), &"[".repeat(127)] {
            assert!(rewritings(body.as_bytes()).all(|(one, _)| !matches!(one, Rewriting::Json { .. })), "{body:.9}");
        }
        assert!(rewritings(b"\"\xe5\"").all(|(one, _)| !matches!(one, Rewriting::Json { .. } | Rewriting::Latin1)));
    }
}

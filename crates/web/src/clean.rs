//! What others wrote, made safe to look at.
//!
//! The templates escape everything, so no text becomes markup. [`Shown`] takes care of what escaping does not: characters that nobody sees
//! but that turn a line around, hide a part of it or break it. A view model holds whatever a merchant or a payer wrote as a `Shown`, so
//! that it cannot be forgotten.

use std::fmt;

/// Stands where something invisible was.
const REPLACEMENT: char = '\u{fffd}';

/// A text of somebody else's, without characters that deceive.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Shown(String);

impl Shown {
    /// The text with white space made spaces and everything else that is invisible made visible.
    pub(crate) fn of(text: &str) -> Self {
        Self(text.trim().chars().map(seen).collect())
    }

    /// Whether nothing is left to look at.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::of(text)
    }
}

const fn seen(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        // Control characters, and those that give a line, or a part of it, another direction.
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => REPLACEMENT,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => REPLACEMENT,
        // Characters without width, and fillers that look like nothing.
        '\u{ad}' | '\u{34f}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' => REPLACEMENT,
        '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => REPLACEMENT,
        '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}' => REPLACEMENT,
        '\u{e0000}'..='\u{e0fff}' => REPLACEMENT,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_made_visible() {
        for hidden in [
            '\0',
            '\u{7}',
            '\u{1b}',
            '\u{7f}',
            '\u{9f}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{3164}',
            '\u{e0041}',
        ] {
            let shown = Shown::of(&format!("pay{hidden}me"));
            assert_eq!(shown.to_string(), "pay\u{fffd}me", "{:x}", u32::from(hidden));
        }
    }

    #[test]
    fn a_text_stays_on_its_line() {
        assert_eq!(Shown::of(" one\ttwo\r\nthree\u{2028}four ").to_string(), "one two  three four");
    }

    #[test]
    fn what_can_be_seen_is_kept() {
        for text in ["Smørbrød & Æbler ApS", "שלום", "日本語", "😀", "a\u{a0}b", "\u{2029a}", "O’Neill – \"x\" <y>"]
        {
            assert_eq!(Shown::of(text).to_string(), text);
        }
        assert!(Shown::of(" \n").is_empty());
    }
}

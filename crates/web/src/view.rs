//! What payers see, as plain data: each page is a view model with its template, and rendering one is a pure function.
//!
//! A handler fills the fields and renders; nothing here asks the engine, knows a time or decides anything. Whatever somebody else wrote
//! is a [`Shown`](crate::clean::Shown). Times are milliseconds that are left, beside a clock text the handler has made.

pub(crate) mod landing;
pub(crate) mod paths;
pub(crate) mod wallet;

use std::fmt;

use crate::{asset, language::Language, texts::Texts};

/// The name payers know this by.
pub(crate) const BRAND: &str = "Kasse";

/// What surrounds every page.
#[derive(Clone)]
pub(crate) struct Frame {
    /// Whether no money moves here; the page says so at its top.
    pub(crate) is_sandbox: bool,
    /// The language of the page.
    pub(crate) language: Language,
    /// Path and query of the page; the language menu leads to it again.
    pub(crate) address: String,
}

/// One line of the language menu.
pub(crate) struct MenuLink {
    /// The language.
    pub(crate) language: Language,
    /// The page in it.
    pub(crate) href: String,
    /// Whether the page is in it already.
    pub(crate) is_current: bool,
}

impl Frame {
    /// Everything the page says.
    pub(crate) fn texts(&self) -> &'static Texts {
        self.language.texts()
    }

    /// The page in each language.
    pub(crate) fn menu(&self) -> Vec<MenuLink> {
        let link = |language| MenuLink {
            language,
            href: paths::in_language(&self.address, language),
            is_current: language == self.language,
        };
        Language::ALL.map(link).into()
    }

    /// The address of a file that pages load.
    pub(crate) fn asset(&self, name: &str) -> String {
        asset::url(name)
    }

    /// What keeps the wallet's shell at hand, in the version of these files.
    pub(crate) fn worker(&self) -> String {
        format!("{}?v={}", paths::SERVICE_WORKER, asset::version())
    }

    /// The manifest of the installable wallet.
    pub(crate) fn manifest(&self) -> &'static str {
        paths::MANIFEST
    }
}

/// Until when something is open.
#[derive(Clone)]
pub(crate) struct Deadline {
    /// How long it is still open, in milliseconds; never negative.
    pub(crate) left_ms: i64,
    /// How long it was open in all, in milliseconds: what the ring around the countdown is a part of.
    pub(crate) total_ms: i64,
    /// The moment it ends, as a clock or calendar would say: `16:36`, or `3 Dec 16:36`.
    pub(crate) ends_at: String,
}

impl Deadline {
    /// Longer than this nobody counts seconds.
    const COUNTED_MS: i64 = 60 * 60 * 1000;

    /// Whether it is near enough to be counted down.
    pub(crate) const fn is_counted(&self) -> bool {
        self.left_ms <= Self::COUNTED_MS
    }

    /// What is left as `m:ss`, begun seconds counted whole.
    pub(crate) fn clock(&self) -> String {
        let seconds = (self.left_ms.max(0) + 999) / 1000;
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}

/// A telephone number as its owner recognises it and nobody else reads it: prefix, dots, last three digits.
pub(crate) struct Masked<'a>(
    /// Country code and number, digits only.
    pub(crate) &'a str,
);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PREFIXES: [&str; 4] = ["47", "45", "46", "358"];
        let prefix = PREFIXES.into_iter().find(|prefix| self.0.starts_with(prefix)).unwrap_or_default();
        let last = self.0.len().checked_sub(3).and_then(|at| self.0.get(at..)).unwrap_or_default();
        let space = if prefix.is_empty() { "" } else { "\u{a0}" };
        write!(formatter, "+{prefix}{space}•••\u{a0}{last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begun_seconds_count_whole_and_nothing_is_negative() {
        let clock = |left_ms| Deadline { left_ms, total_ms: 600_000, ends_at: String::new() }.clock();
        for (left_ms, expected) in
            [(600_000, "10:00"), (599_001, "10:00"), (599_000, "9:59"), (1, "0:01"), (0, "0:00"), (-5, "0:00")]
        {
            assert_eq!(clock(left_ms), expected, "{left_ms}");
        }
    }

    #[test]
    fn seconds_are_counted_in_the_last_hour() {
        let is_counted = |left_ms| Deadline { left_ms, total_ms: left_ms, ends_at: String::new() }.is_counted();
        assert!(is_counted(3_600_000) && !is_counted(3_600_001));
    }

    #[test]
    fn a_masked_number_shows_its_country_and_its_end() {
        assert_eq!(Masked("4740000012").to_string(), "+47\u{a0}•••\u{a0}012");
        assert_eq!(Masked("358400000010").to_string(), "+358\u{a0}•••\u{a0}010");
        assert_eq!(Masked("491701234567").to_string(), "+•••\u{a0}567");
        assert_eq!(Masked("").to_string(), "+•••\u{a0}");
    }
}

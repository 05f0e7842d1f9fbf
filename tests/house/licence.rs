//! Reads a licence expression and says whether we may use what is under it.
//!
//! The grammar is that of SPDX: names joined by OR, AND and WITH, with brackets; the slash of old manifests means OR. A
//! choice is acceptable when one side is, a conjunction when both are. So a public-domain dedication that some
//! countries do not know is not on the list, and passes only as one side of a choice.

const ACCEPTED: &[&str] = &[
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
    "CC0-1.0",
];

/// Whether the expression can be met with accepted licences only.
///
/// # Errors
/// The place where the expression stops being one.
pub fn is_accepted(expression: &str) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = Words { words: spaced.split_whitespace().collect(), at: 0 };
    let accepted = words.choice()?;
    match words.peek() {
        None => Ok(accepted),
        Some(word) => Err(format!("`{word}` where the licence should end")),
    }
}

struct Words<'a> {
    words: Vec<&'a str>,
    at: usize,
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let word = self.peek();
        self.at += 1;
        word
    }

    /// Moves over a word if it comes next.
    fn skip(&mut self, word: &str) -> bool {
        let comes = self.peek() == Some(word);
        self.at += usize::from(comes);
        comes
    }

    fn choice(&mut self) -> Result<bool, String> {
        let mut accepted = self.conjunction()?;
        while self.skip("OR") {
            accepted |= self.conjunction()?;
        }
        Ok(accepted)
    }

    fn conjunction(&mut self) -> Result<bool, String> {
        let mut accepted = self.single()?;
        while self.skip("AND") {
            accepted &= self.single()?;
        }
        Ok(accepted)
    }

    fn single(&mut self) -> Result<bool, String> {
        match self.next() {
            Some("(") => {
                let accepted = self.choice()?;
                if self.skip(")") { Ok(accepted) } else { Err("a bracket is not closed".to_owned()) }
            }
            Some(word @ (")" | "OR" | "AND" | "WITH")) => Err(format!("`{word}` where a licence should be")),
            Some(name) if self.skip("WITH") => {
                let exception = self.next().ok_or("WITH is followed by nothing")?;
                Ok(ACCEPTED.contains(&format!("{name} WITH {exception}").as_str()))
            }
            Some(name) => Ok(ACCEPTED.contains(&name)),
            None => Err("the licence ends too early".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_accepted;

    #[test]
    fn accepted_expressions() {
        for expression in [
            "MIT",
            "MIT/Apache-2.0",
            "MIT OR Apache-2.0 OR LGPL-2.1-or-later",
            "Unlicense OR MIT",
            "Apache-2.0 AND ISC",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0-only",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "GPL-2.0-only AND ISC OR MIT",
        ] {
            assert_eq!(is_accepted(expression), Ok(true), "{expression}");
        }
    }

    #[test]
    fn refused_expressions() {
        for expression in [
            "GPL-3.0-only",
            "Unlicense",
            "MIT AND Unlicense",
            "MIT AND (GPL-3.0-only OR AGPL-3.0-only)",
            "ISC AND (MIT AND OpenSSL)",
            "MIT WITH Classpath-exception-2.0",
            "Apache-2.0+",
        ] {
            assert_eq!(is_accepted(expression), Ok(false), "{expression}");
        }
    }

    #[test]
    fn broken_expressions() {
        for expression in ["", "MIT OR", "MIT Apache-2.0", "(MIT", "MIT)", "AND MIT", "Apache-2.0 WITH"] {
            assert!(is_accepted(expression).is_err(), "{expression}");
        }
    }
}

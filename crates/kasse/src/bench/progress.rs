//! How far it has come, on standard error: one line that changes in a terminal, a line per step elsewhere.

use std::io::IsTerminal as _;

pub(super) struct Progress {
    is_terminal: bool,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal() }
    }

    /// A step begins.
    pub(super) fn step(&self, text: &str) {
        if self.is_terminal {
            eprint!("\r\x1b[K{text}");
        } else {
            eprintln!("{text}");
        }
    }

    /// How far a step is; only where lines can change.
    pub(super) fn news(&self, text: &str) {
        if self.is_terminal {
            self.step(text);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_terminal {
            eprint!("\r\x1b[K");
        }
    }
}

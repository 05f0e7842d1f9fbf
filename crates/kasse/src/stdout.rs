//! What a command answers, on standard output.
//!
//! A reader that has gone away ends a command quietly, any other failure is told; nothing here panics, whatever standard output is.

use std::io::{self, Write as _};

use anyhow::Context as _;

/// Writes the text and sees that it has arrived.
///
/// # Errors
/// Where it has not; a reader that has gone away is none.
pub(crate) fn say(text: &str) -> anyhow::Result<()> {
    match write(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("the answer could not be written to standard output"),
    }
}

/// Writes the text, and answers whether anybody still reads.
///
/// # Errors
/// Where it has not arrived for another reason.
pub(crate) fn is_heard(text: &str) -> anyhow::Result<bool> {
    match write(text) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error).context("standard output cannot be written to"),
    }
}

/// Writes what is said only once, and fails wherever it did not arrive.
///
/// # Errors
/// Where it has not arrived, a reader that has gone away included.
pub(crate) fn say_once(text: &str, what_now: &str) -> anyhow::Result<()> {
    write(text).with_context(|| what_now.to_owned())
}

fn write(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

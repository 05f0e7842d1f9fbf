//! An attempt as a line for people.

use std::{io::IsTerminal as _, time::Duration};

use jiff::{Timestamp, tz::TimeZone};

use crate::client::printable;

const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// Room for the name of an event.
const NAME_WIDTH: usize = 10;

/// How lines are written.
#[derive(Clone)]
pub(crate) struct Form {
    zone: TimeZone,
    is_coloured: bool,
}

/// An attempt.
pub(crate) struct Line<'a> {
    /// When it began.
    pub(crate) at: Timestamp,
    /// What of.
    pub(crate) event: &'a str,
    /// The payment.
    pub(crate) reference: &'a str,
    /// Where to.
    pub(crate) receiver: &'a str,
    /// Which attempt, from 1.
    pub(crate) number: u32,
    /// The status, or what went wrong, by its class.
    pub(crate) outcome: Result<u16, &'a str>,
    /// How long it took, in milliseconds.
    pub(crate) milliseconds: i64,
    /// What comes next.
    pub(crate) next: &'a str,
}

impl Form {
    /// As this machine's time has it, with colours where standard output is a terminal and nobody asked for none.
    pub(crate) fn of_terminal() -> Self {
        let wants_none = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { zone: TimeZone::system(), is_coloured: std::io::stdout().is_terminal() && !wants_none }
    }

    /// The same without colours, for standard error.
    pub(crate) fn plain() -> Self {
        Self { zone: TimeZone::system(), is_coloured: false }
    }

    /// The line, with its end.
    pub(crate) fn line(&self, line: &Line<'_>) -> String {
        let Line { at, event, reference, receiver, number, outcome, milliseconds, next } = line;
        let time = at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string();
        let (outcome, colour) = match outcome {
            Ok(status @ 200..=299) => (status.to_string(), GREEN),
            Ok(status) => (status.to_string(), RED),
            Err(class) => (printable(class), RED),
        };
        let [event, reference, receiver] = [event, reference, receiver].map(|text| printable(text));
        let receiver = self.painted(DIM, &receiver);
        let outcome = self.painted(colour, &outcome);
        format!(
            "{time}  {event:<NAME_WIDTH$}  {reference}  {receiver}  attempt {number}  {outcome}  {milliseconds} ms  {next}\n"
        )
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        if self.is_coloured { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
    }
}

/// A wait in words: of its largest unit, and of none smaller.
pub(crate) fn wait(wait: Duration) -> String {
    let milliseconds = wait.as_millis();
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)] {
        // What is a little less than a whole number of them is meant to be one.
        let rounded = (milliseconds + length / 20) / length;
        if rounded > 0 {
            return format!("{rounded} {unit}");
        }
    }
    format!("{milliseconds} ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(outcome: Result<u16, &str>) -> Line<'_> {
        Line {
            at: "2026-01-19T16:26:33.099Z".parse().unwrap(),
            event: "CAPTURED",
            reference: "acme-shop-1",
            receiver: "http://127.0.0.1:3000/hook",
            number: 2,
            outcome,
            milliseconds: 12,
            next: "delivered",
        }
    }

    #[test]
    fn a_line_says_all_of_an_attempt_in_local_time() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let plain = Form { zone: zone.clone(), is_coloured: false };
        let before = "17:26:33  CAPTURED    acme-shop-1  http://127.0.0.1:3000/hook  attempt 2  ";
        assert_eq!(plain.line(&line(Ok(202))), format!("{before}202  12 ms  delivered\n"));
        assert_eq!(plain.line(&line(Err("timeout"))), format!("{before}timeout  12 ms  delivered\n"));
        let coloured = Form { zone, is_coloured: true };
        assert!(coloured.line(&line(Ok(202))).contains("\u{1b}[32m202\u{1b}[0m"));
        assert!(coloured.line(&line(Ok(500))).contains("\u{1b}[31m500\u{1b}[0m"));
        let steering = plain.line(&Line { reference: "a\u{1b}[2J", ..line(Ok(200)) });
        assert!(!steering.contains('\u{1b}'), "{steering:?}");
    }

    #[test]
    fn waits_are_told_in_their_largest_unit() {
        for (milliseconds, said) in [
            (0, "0 ms"),
            (20, "20 ms"),
            (949, "949 ms"),
            (1_999, "2 s"),
            (2_000, "2 s"),
            (59_990, "1 min"),
            (120_000, "2 min"),
            (3_599_900, "1 h"),
            (86_400_000, "1 d"),
        ] {
            assert_eq!(wait(Duration::from_millis(milliseconds)), said, "{milliseconds}");
        }
    }
}

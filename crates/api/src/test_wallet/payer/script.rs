//! `script` of a payer: what is done of itself.

use std::ops::RangeInclusive;

use domain::{
    time::Span,
    wallet::{Act, After, SCRIPT_STEPS_MAX, Script, Step},
};
use wire::test_wallet::Step as StepView;

use super::at_most;
use crate::body::{Members, Violations};

/// What a step may be. The last three are what listed test payers do.
const ACTS: [Act; 7] = [Act::Approve, Act::Reject, Act::Open, Act::Ignore, Act::ApproveTwice, Act::Cancel, Act::Back];
/// As long as the longest request may stay open: sixty days.
const SECONDS: RangeInclusive<i64> = 0..=60 * 24 * 60 * 60;

pub(super) fn read(body: &Members<'_>, violations: &mut Violations) -> Option<Script> {
    at_most(body, "script", SCRIPT_STEPS_MAX, violations);
    let elements = body.objects("script", violations)?;
    let steps = elements.iter().filter_map(|element| step(element, violations)).collect();
    Some(Script { steps, next: 0 })
}

fn step(element: &Members<'_>, violations: &mut Violations) -> Option<Step> {
    element.require("do", violations);
    let act = element.word("do", &ACTS.map(|act| (act.name(), act)), violations);
    let after = element.integer("afterSeconds", SECONDS, violations);
    let before_end = element.integer("beforeEndSeconds", SECONDS, violations);
    let after = match (after, before_end) {
        (Some(_), Some(_)) => {
            let path = element.path_of("afterSeconds");
            violations.note(path.clone(), format!("The field {path} and beforeEndSeconds exclude each other."));
            return None;
        }
        (None, Some(seconds)) => After::BeforeEnd(Span::seconds(seconds)),
        (seconds, None) => After::Request(Span::seconds(seconds.unwrap_or_default())),
    };
    Some(Step { act: act?, after })
}

pub(super) fn view(step: &Step) -> StepView {
    const MILLISECONDS: i64 = 1000;
    let (after_seconds, before_end_seconds) = match step.after {
        After::Request(span) => (Some(span.as_milliseconds() / MILLISECONDS), None),
        After::BeforeEnd(span) => (None, Some(span.as_milliseconds() / MILLISECONDS)),
    };
    StepView { act: step.act.name().to_owned(), after_seconds, before_end_seconds }
}

//! What a payer does without anybody's hand: one step for each new request, from the beginning again at the end.

use crate::time::{Span, Timestamp};

/// The most steps of a script.
pub const SCRIPT_STEPS_MAX: usize = 100;

/// Something a payer does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// Pays, with whatever pays.
    Approve,
    /// Pays, and taps twice.
    ApproveTwice,
    /// Refuses.
    Reject,
    /// Looks at it, and does no more.
    Open,
    /// Nothing at all.
    Ignore,
    /// Gives up on the landing page.
    Cancel,
    /// Goes back in the browser, away from the landing page.
    Back,
    /// Looks what comes next; never a step of a script.
    Consult,
}

/// When it is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    /// So long after the request came.
    Request(Span),
    /// So long before it lapses.
    BeforeEnd(Span),
}

/// One step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// What is done.
    pub act: Act,
    /// When.
    pub after: After,
}

/// The steps, and which comes next. Without steps a person acts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Script {
    /// The steps.
    pub steps: Vec<Step>,
    /// The place of the next one.
    pub next: usize,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 8] = [
        Self::Approve,
        Self::ApproveTwice,
        Self::Reject,
        Self::Open,
        Self::Ignore,
        Self::Cancel,
        Self::Back,
        Self::Consult,
    ];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::ApproveTwice => "approveTwice",
            Self::Reject => "reject",
            Self::Open => "open",
            Self::Ignore => "ignore",
            Self::Cancel => "cancel",
            Self::Back => "back",
            Self::Consult => "consult",
        }
    }

    /// The act of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}

impl Step {
    /// When it is due of a request that came and lapses then.
    pub fn due(self, asked_at: Timestamp, expires_at: Timestamp) -> Timestamp {
        match self.after {
            After::Request(span) => asked_at.plus(span),
            After::BeforeEnd(span) => expires_at.minus(span).max(asked_at),
        }
    }
}

impl Script {
    /// The step for a new request, and the script after it.
    pub fn take(&self) -> Option<(Step, Self)> {
        let step = *self.steps.get(self.next).or_else(|| self.steps.first())?;
        let place = if self.next < self.steps.len() { self.next } else { 0 };
        Some((step, Self { steps: self.steps.clone(), next: (place + 1) % self.steps.len() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_starts_over_at_its_end() {
        let step = |act| Step { act, after: After::Request(Span::seconds(1)) };
        let mut script = Script { steps: vec![step(Act::Approve), step(Act::Approve), step(Act::Reject)], next: 0 };
        let mut done = Vec::new();
        for _ in 0..7 {
            let (step, after) = script.take().unwrap();
            done.push(step.act);
            script = after;
        }
        use Act::{Approve as A, Reject as R};
        assert_eq!(done, [A, A, R, A, A, R, A]);
        assert_eq!(Script::default().take(), None, "a person acts");
        let out_of_bounds = Script { next: 9, ..script };
        assert_eq!(out_of_bounds.take().unwrap().1.next, 1);
    }

    #[test]
    fn a_step_is_due_from_the_request_or_from_its_end() {
        let at = Timestamp::from_milliseconds;
        let due = |after| Step { act: Act::Approve, after }.due(at(1_000), at(601_000));
        assert_eq!(due(After::Request(Span::seconds(8))), at(9_000));
        assert_eq!(due(After::BeforeEnd(Span::seconds(1))), at(600_000));
        assert_eq!(due(After::BeforeEnd(Span::minutes(20))), at(1_000), "never before the request");
        for act in Act::ALL {
            assert_eq!(Act::from_name(act.name()), Some(act));
        }
    }
}

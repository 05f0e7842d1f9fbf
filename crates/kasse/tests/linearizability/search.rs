//! Whether a history can be explained: whether each request could have happened at one moment between being sent and being
//! answered, so that all answers come out as they did.
//!
//! The search is Wing and Gong's, with every state it has met remembered, as Lowe does. A request without an answer may have
//! happened at any moment after it was sent, also later than everything else, or never. One that changes nothing and could have
//! been answered as it was right now is taken at once: whatever explains the rest explains it without that one as well.

use std::{collections::HashSet, fmt};

use crate::model::{Answer, Model, REFUSED_REFUND_OUTCOME, Request};

/// A request with what came of it. Moments are counted, not measured: no two are the same.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) client: usize,
    pub(crate) node: usize,
    pub(crate) request: Request,
    pub(crate) sent: u64,
    /// When it was answered and how; nothing where it is not known what came of it.
    pub(crate) answered: Option<(u64, Answer)>,
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, node, request, sent, answered } = self;
        match answered {
            Some((at, answer)) => write!(out, "  {sent}..{at} client {client}, node {node}: {request:?} -> {answer:?}"),
            None => write!(out, "  {sent}.. client {client}, node {node}: {request:?} -> not known"),
        }
    }
}

/// What a history comes to.
pub(crate) struct Verdict {
    pub(crate) is_linearizable: bool,
    /// How many states were looked at.
    pub(crate) states: usize,
}

/// The most requests of one history: as many as fit a set of bits.
pub(crate) const OPERATIONS_MAX: usize = 64;

/// Looks for an explanation.
pub(crate) fn examine(history: &[Operation]) -> Verdict {
    assert!(history.len() <= OPERATIONS_MAX, "a history of {} requests", history.len());
    let all_answered = bits(history, |operation| operation.answered.is_some());
    let (mut met, mut left) = (HashSet::new(), vec![(0, Model::default())]);
    while let Some((taken, model)) = left.pop() {
        let taken = absorb(history, taken, &model);
        if taken & all_answered == all_answered {
            return Verdict { is_linearizable: true, states: met.len() };
        }
        if !met.insert((taken, model.clone())) {
            continue;
        }
        for index in possible(history, taken) {
            let Operation { request, answered, .. } = &history[index];
            let (answer, after) = model.ask(request);
            let is_as_it_was = answered.as_ref().is_none_or(|(_, was)| *was == answer);
            if let (true, Some(after)) = (is_as_it_was, after) {
                left.push((taken | 1 << index, after));
            }
        }
    }
    Verdict { is_linearizable: false, states: met.len() }
}

/// Takes whatever changes nothing and is answered as it was, as long as there is some.
fn absorb(history: &[Operation], mut taken: u64, model: &Model) -> u64 {
    loop {
        let before = taken;
        for index in possible(history, taken) {
            let Operation { request, answered, .. } = &history[index];
            if let Some((_, was)) = answered
                && model.ask(request) == (was.clone(), None)
            {
                taken |= 1 << index;
            }
        }
        if taken == before {
            return taken;
        }
    }
}

/// What can have happened next: all that was sent before the first of the others was answered.
fn possible(history: &[Operation], taken: u64) -> Vec<usize> {
    let is_left = |index: &usize| taken & 1 << *index == 0;
    let answers = (0..history.len()).filter(is_left).filter_map(|index| history[index].answered.as_ref());
    let first = answers.map(|(at, _)| *at).min().unwrap_or(u64::MAX);
    (0..history.len()).filter(is_left).filter(|index| history[*index].sent < first).collect()
}

fn bits(history: &[Operation], wanted: impl Fn(&Operation) -> bool) -> u64 {
    let numbered = history.iter().enumerate();
    numbered.filter(|(_, operation)| wanted(operation)).fold(0, |bits, (index, _)| bits | 1 << index)
}

/// The least of a history that still cannot be explained: as short a beginning as will do, without what changed nothing and does
/// not matter.
pub(crate) fn shortest(history: &[Operation]) -> Vec<Operation> {
    let mut moments: Vec<u64> = history.iter().filter_map(|operation| Some(operation.answered.as_ref()?.0)).collect();
    moments.sort_unstable();
    let beginnings = moments.iter().map(|until| beginning(history, *until));
    let mut least = beginnings.into_iter().find(|part| !examine(part).is_linearizable).unwrap_or_default();
    for index in (0..least.len()).rev() {
        let mut without = least.clone();
        let Operation { request, answered, .. } = without.remove(index);
        let is_read = matches!(request, Request::Get | Request::GetEvents);
        let is_refused =
            |answer: &Answer| matches!(answer, Answer::Refused(outcome) if outcome != REFUSED_REFUND_OUTCOME);
        let changed_nothing = is_read || answered.is_some_and(|(_, answer)| is_refused(&answer));
        if changed_nothing && !examine(&without).is_linearizable {
            least = without;
        }
    }
    least.sort_by_key(|operation| operation.sent);
    least
}

/// What was known at a moment: what was not answered by then might still come to anything.
fn beginning(history: &[Operation], until: u64) -> Vec<Operation> {
    let known = history.iter().filter(|operation| operation.sent < until).cloned();
    known
        .map(|operation| Operation { answered: operation.answered.clone().filter(|(at, _)| *at <= until), ..operation })
        .collect()
}

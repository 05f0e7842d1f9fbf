//! What clients ask of one payment, drawn from a seed: all of them at once, at either node, some under each other's keys.

use crate::{
    dice::Dice,
    model::{Change, REFUSED_BY_THE_BANK, Request},
};

/// Requests on one payment, the last two of which look at what became of it.
pub(crate) const OPERATIONS_EACH: usize = 40;
const CLIENTS_MAX: u64 = 12;
const NODES: usize = 2;

/// A request as it is to be sent.
pub(crate) struct Step {
    pub(crate) request: Request,
    pub(crate) node: usize,
    /// So long is waited for the answer, where that is not long.
    pub(crate) patience_milliseconds: Option<u64>,
}

/// What each client does, one after the other; the clients do it at once.
pub(crate) struct Plan {
    pub(crate) clients: Vec<Vec<Step>>,
    pub(crate) last: Vec<Step>,
}

impl Plan {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let clients = usize::try_from(2 + dice.below(CLIENTS_MAX - 1)).unwrap();
        let mut plan = Self { clients: (0..clients).map(|_| Vec::new()).collect(), last: Vec::new() };
        let mut keys = Keys { amount: 100 * (4 + dice.below(12)), used: Vec::new() };
        for number in 0..OPERATIONS_EACH - 2 {
            let (client, request) = match number {
                0 => (0, Request::Create { key: 0, amount: keys.amount }),
                1 => (0, Request::Approve),
                _ => (dice.index(clients), keys.request(dice)),
            };
            let patience_milliseconds = (dice.below(25) == 0).then(|| dice.below(20));
            plan.clients[client].push(Step { request, node: dice.index(NODES), patience_milliseconds });
        }
        for request in [Request::GetEvents, Request::Get] {
            plan.last.push(Step { request, node: dice.index(NODES), patience_milliseconds: None });
        }
        plan
    }
}

/// Which keys are used for what.
struct Keys {
    amount: u64,
    used: Vec<(Change, u64)>,
}

impl Keys {
    fn request(&mut self, dice: &mut Dice) -> Request {
        match dice.below(100) {
            0..28 => Request::Get,
            28..36 => Request::GetEvents,
            36..41 => Request::Approve,
            41..44 => {
                let (key, amount) = if dice.below(2) == 0 { (0, self.amount) } else { (1, self.amount + 100) };
                Request::Create { key, amount }
            }
            44..74 => self.change(Change::Capture, 10 * (1 + dice.below(20)), dice),
            74..79 => self.change(Change::Refund, REFUSED_BY_THE_BANK, dice),
            79..97 => self.change(Change::Refund, 10 * (1 + dice.below(12)), dice),
            _ => self.change(Change::Cancel, 0, dice),
        }
    }

    /// Mostly under a key of its own; sometimes under one that was used before, for the same or for something else.
    fn change(&mut self, change: Change, amount: u64, dice: &mut Dice) -> Request {
        let before: Vec<usize> = (0..self.used.len()).filter(|index| self.used[*index].0 == change).collect();
        if !before.is_empty() && dice.below(4) == 0 {
            let index = before[dice.index(before.len())];
            let amount = if dice.below(5) == 0 { amount } else { self.used[index].1 };
            return Request::Change { change, key: u8::try_from(index).unwrap(), amount };
        }
        self.used.push((change, amount));
        Request::Change { change, key: u8::try_from(self.used.len() - 1).unwrap(), amount }
    }
}

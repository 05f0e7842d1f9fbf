//! Deliveries that were handed over here and whose outcome somebody waits for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use engine::{KeyHolder, WebhookId, entropy::Entropy, listening::Carried};
use tokio::sync::oneshot;

/// Those that wait, by number.
#[derive(Clone)]
pub(crate) struct Answers(Arc<Mutex<Waiting>>);

struct Waiting {
    /// Numbers start somewhere, so that an answer meant for another process finds nobody here.
    next: u64,
    deliveries: HashMap<u64, Handed>,
}

struct Handed {
    owner: KeyHolder,
    webhook: WebhookId,
    reply: oneshot::Sender<Carried>,
}

/// Nobody waits for it.
#[derive(Debug)]
pub(crate) struct NobodyWaits;

impl Answers {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        // Numbers in JSON are exact up to 53 bits.
        let next = u64::from(u32::from_be_bytes(entropy.bytes())) << 16;
        Self(Arc::new(Mutex::new(Waiting { next, deliveries: HashMap::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whoever waits what came of a delivery of the owner's.
    pub(crate) fn take(
        &self,
        owner: &KeyHolder,
        webhook: WebhookId,
        number: u64,
        carried: Carried,
    ) -> Result<(), NobodyWaits> {
        let mut waiting = self.lock();
        let handed = waiting.deliveries.get(&number).ok_or(NobodyWaits)?;
        if handed.owner != *owner || handed.webhook != webhook {
            return Err(NobodyWaits);
        }
        let handed = waiting.deliveries.remove(&number).ok_or(NobodyWaits)?;
        handed.reply.send(carried).map_err(|_| NobodyWaits)
    }
}

/// What a connection has been handed. With it everybody stops waiting.
pub(super) struct HandedHere {
    answers: Answers,
    owner: KeyHolder,
    webhook: WebhookId,
    numbers: Vec<u64>,
}

impl HandedHere {
    pub(super) const fn new(answers: Answers, owner: KeyHolder, webhook: WebhookId) -> Self {
        Self { answers, owner, webhook, numbers: Vec::new() }
    }

    /// The number under which this is answered.
    pub(super) fn add(&mut self, reply: oneshot::Sender<Carried>) -> u64 {
        let Self { answers, owner, webhook, numbers } = self;
        let mut waiting = answers.lock();
        let number = waiting.next;
        waiting.next += 1;
        // Those that were answered, or waited for long enough.
        let is_over = |handed: Option<&Handed>| handed.is_none_or(|handed| handed.reply.is_closed());
        numbers.retain(|number| {
            let is_over = is_over(waiting.deliveries.get(number));
            if is_over {
                waiting.deliveries.remove(number);
            }
            !is_over
        });
        waiting.deliveries.insert(number, Handed { owner: owner.clone(), webhook: *webhook, reply });
        numbers.push(number);
        number
    }
}

impl Drop for HandedHere {
    fn drop(&mut self) {
        let mut waiting = self.answers.lock();
        for number in &self.numbers {
            waiting.deliveries.remove(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::text::Msn;
    use engine::entropy::SystemEntropy;

    use super::*;

    fn owner(msn: &str) -> KeyHolder {
        KeyHolder::SalesUnit(Msn::parse(msn).unwrap())
    }

    fn carried(status: u16) -> Carried {
        Carried { outcome: Ok(status), answer: Vec::new() }
    }

    #[test]
    fn an_answer_reaches_whoever_waits_for_it_once_and_from_nobody_else() {
        let answers = Answers::new(&SystemEntropy::new());
        let (ours, other) = (WebhookId([1; 16]), WebhookId([2; 16]));
        let mut handed = HandedHere::new(answers.clone(), owner("123456"), ours);
        let (reply, mut outcome) = oneshot::channel();
        let number = handed.add(reply);
        assert!(number < 1 << 53);
        assert!(answers.take(&owner("654321"), ours, number, carried(200)).is_err(), "not theirs");
        assert!(answers.take(&owner("123456"), other, number, carried(200)).is_err(), "not of that registration");
        assert!(answers.take(&owner("123456"), ours, number + 1, carried(200)).is_err());
        assert!(answers.take(&owner("123456"), ours, number, carried(202)).is_ok());
        assert_eq!(outcome.try_recv(), Ok(carried(202)));
        assert!(answers.take(&owner("123456"), ours, number, carried(200)).is_err(), "only once");
    }

    #[test]
    fn nothing_stays_behind() {
        let answers = Answers::new(&SystemEntropy::new());
        let mut handed = HandedHere::new(answers.clone(), owner("123456"), WebhookId([1; 16]));
        for _ in 0..3 {
            // Nobody waits for these any more when the next one comes.
            let _ = handed.add(oneshot::channel().0);
        }
        assert_eq!(answers.lock().deliveries.len(), 1);
        let (reply, mut outcome) = oneshot::channel();
        handed.add(reply);
        drop(handed);
        assert!(answers.lock().deliveries.is_empty());
        assert_eq!(outcome.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }
}

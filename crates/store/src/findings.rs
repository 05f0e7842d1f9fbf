//! What `verify` looks for in a payment and in who may call, whichever keeper holds them.
//!
//! Of a payment the log is the truth: it is folded again from its events and compared with the row that readers are shown. Of who may call
//! it is asked that nobody can be taken for another.

pub(crate) mod shown;
pub(crate) mod told;

use std::collections::BTreeMap;

use domain::payment::{Event, Payment};

use crate::{Directory, KeyHolder};

/// What is wrong with a request that is found by another moment than its payment's, or has no payment.
pub(crate) const LAPSES_APART: &str = "it does not lapse when its payment does";

/// One contradiction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Where: a payment, a table, the file.
    pub subject: String,
    /// What is wrong.
    pub problem: String,
}

/// Every contradiction between a payment as stored and its log.
pub fn examine(stored: &Payment, events: &[Event]) -> Vec<Finding> {
    let finding = |problem: String| Finding { subject: name(stored), problem };
    let Some((first, later)) = events.split_first() else {
        return vec![finding("it has no events".to_owned())];
    };
    let opened = Payment::opened(stored.msn.clone(), stored.reference.clone(), stored.terms.clone(), first);
    match opened.and_then(|opened| later.iter().try_fold(opened, |payment, event| payment.after(event))) {
        Err(broken) => vec![finding(format!("its log breaks off: {}", broken.0))],
        Ok(folded) if folded != *stored => {
            vec![finding(format!("it is stored as {} but its events make it {}", summary(stored), summary(&folded)))]
        }
        Ok(_) => Vec::new(),
    }
}

/// Every contradiction among those who may call. That each connection and key set belongs to somebody is the keeper's to see.
pub fn examine_directory(directory: &Directory) -> Vec<Finding> {
    let units = directory.units.iter().map(|unit| KeyHolder::SalesUnit(unit.msn.clone()));
    let holders = units.chain(directory.partners.iter().map(|partner| KeyHolder::Partner(partner.id.clone())));
    let without_keys = holders.filter_map(|holder| {
        let sets = directory.key_sets.iter().filter(|key_set| key_set.holder == holder).count();
        let problem = format!("it has {sets} key sets instead of one");
        (sets != 1).then(|| Finding { subject: subject(&holder), problem })
    });
    let mut owners: BTreeMap<[u8; 32], Vec<&KeyHolder>> = BTreeMap::new();
    for key_set in &directory.key_sets {
        for digest in key_set.subscription_keys.into_iter().flatten() {
            owners.entry(digest.0).or_default().push(&key_set.holder);
        }
    }
    let shared = owners.into_values().filter(|owners| owners.len() > 1).flatten().map(|holder| {
        let problem = "one of its subscription keys is there twice, so that nobody can say whose it is".to_owned();
        Finding { subject: subject(holder), problem }
    });
    without_keys.chain(shared).collect()
}

fn subject(holder: &KeyHolder) -> String {
    match holder {
        KeyHolder::SalesUnit(msn) => format!("sales unit {}", msn.as_str()),
        KeyHolder::Partner(partner) => format!("partner {}", partner.as_str()),
    }
}

fn name(payment: &Payment) -> String {
    format!("payment {} of {}", payment.reference.as_str(), payment.msn.as_str())
}

fn summary(payment: &Payment) -> String {
    let sums = payment.aggregate();
    format!(
        "{} after event {} (authorized {}, captured {}, refunded {}, cancelled {})",
        payment.state.name(),
        payment.last_sequence,
        sums.authorized.value(),
        sums.captured.value(),
        sums.refunded.value(),
        sums.cancelled.value()
    )
}

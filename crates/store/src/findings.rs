//! What `verify` looks for in a payment, whichever keeper holds it.
//!
//! The log is the truth: the payment is folded again from its events and compared with the row that readers are shown.

use domain::payment::{Event, Payment};

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

//! Requests and payers, as a store is asked about them: the payer's side of payments that wait.
//!
//! A request is decided together with its payment and its payer's wallet, all of one moment and written together, so that approving twice
//! pays once. It is no event: nobody outside is told of it.

use domain::{
    payment::{Event, Payment, Refusal},
    request::Request,
    wallet::Payer,
};

/// What a decision on a request is asked with, as stored.
#[derive(Clone, Copy)]
pub struct RequestStanding<'a> {
    /// The payment it is about.
    pub payment: Option<&'a Payment>,
    /// The request, once there is one.
    pub request: Option<&'a Request>,
    /// The payer named in the intent, where anything is stored of one.
    pub payer: Option<&'a Payer>,
}

/// A pure function from what is stored to what shall be; it may be asked again and must answer the same.
pub type RequestDecision = Box<dyn Fn(RequestStanding<'_>) -> Result<RequestChange, Refusal> + Send + Sync>;

/// What a decision on a request comes to; what is left out stays as it is.
#[derive(Default)]
pub struct RequestChange {
    /// The payment after these events.
    pub payment: Option<(Payment, Vec<Event>)>,
    /// The request.
    pub request: Option<Request>,
    /// The payer.
    pub payer: Option<Payer>,
}

/// A pure function from a payer as stored, if at all, to what shall be; nothing where nothing is to change.
pub type PayerDecision = Box<dyn Fn(Option<&Payer>) -> Option<Payer> + Send + Sync>;

/// A payment and who is asked to pay it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskedPayment {
    /// The payment as last written.
    pub payment: Payment,
    /// Its request.
    pub request: Request,
}

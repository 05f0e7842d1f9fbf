//! Why a command was refused: one value per published rule.
//!
//! A rejection changes nothing and is the caller's to mend. Numbers, statuses and sentences for it belong to the API that answers.

use crate::{
    money::MinorUnits,
    payment::{Broken, State},
    text::Invalid,
};

/// A rule that stood in the way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rejection {
    /// The sales unit has a payment of this reference already.
    ReferenceExists,
    /// The sales unit has no payment of this reference.
    ReferenceNotFound,
    /// The sum is no whole number of minor units.
    AmountNotWhole,
    /// The sum is below the least allowed.
    AmountTooSmall {
        /// The least allowed.
        minimum: MinorUnits,
    },
    /// The sum is in another currency than the payment.
    CurrencyDiffers,
    /// The sales unit's market does not use this currency.
    CurrencyNotOfMarket,
    /// The user flow needs a field that is not there.
    MissingParameter(&'static str),
    /// The field is no address that could be used for what it is for; by this rule.
    InvalidUrl(&'static str, Invalid),
    /// More metadata pairs than allowed.
    MetadataTooManyPairs,
    /// A metadata key given twice.
    MetadataDuplicateKey,
    /// A metadata key beyond its length.
    MetadataKeyTooLong,
    /// A metadata value beyond its length.
    MetadataValueTooLong,
    /// A way of paying that is not possible here.
    PaymentMethodNotPossible(MethodObstacle),
    /// A number of no telephone.
    PhoneNumberNotPlausible,
    /// The content of no code a wallet shows, or of nobody's.
    PersonalQrUnknown,
    /// A token that never was, or is over.
    CustomerTokenUnknown,
    /// Nobody who may pay. Which of the reasons it is, is nobody's business.
    CustomerNotFound,
    /// A scope with a word nobody published, or, of a payment with shipping, another scope than it has to have.
    ScopeInvalid,
    /// A scope the sales unit may not ask for.
    ScopeNotAllowed,
    /// The sales unit may not offer shipping.
    ExpressNotAllowed,
    /// Shipping from a fixed list that is empty.
    ShippingOptionsMissing,
    /// The sales unit may not ask payers by pushing to their wallets.
    PushMessageNotAllowed,
    /// The sales unit may not keep payments open longer than usual.
    LongLivingNotAllowed,
    /// The sales unit's bank account is not verified.
    BankAccountNotVerified,
    /// The sales unit's market has no blocking of commercial cards.
    BlockedSourcesNotApplicable,
    /// A payment that stays open longer than usual without saying what is bought.
    LongLivingNeedsReceipt,
    /// An expiry no later than the usual one.
    ExpiryTooSoon,
    /// An expiry beyond the longest allowed.
    ExpiryTooLate,

    /// Capture, refund or approval of a payment whose bank has not answered yet.
    StillProcessing,
    /// Cancel of one.
    CancelOfProcessing,

    /// Capture of a payment nobody has approved.
    CaptureBeforeAuthorization,
    /// Capture of what was cancelled.
    CaptureOfCancelled,
    /// Capture of a payment that ended without approval.
    CaptureImpossible(Subject),
    /// Capture of a payment captured in full.
    AlreadyCaptured,
    /// Capture of more than is left.
    CaptureTooHigh {
        /// What is left.
        rest: MinorUnits,
    },
    /// Capture of a part where the sales unit takes all or nothing.
    PartialCaptureNotAllowed,
    /// Capture after the deadline.
    CapturePeriodExpired,

    /// Refund of a payment nobody has approved.
    RefundBeforeAuthorization,
    /// Refund of a payment that ended without approval.
    RefundImpossible(Subject),
    /// Refund of more than was captured and not yet refunded.
    RefundTooHigh {
        /// What can be refunded.
        refundable: MinorUnits,
    },
    /// Refund of a payment refunded in full.
    AlreadyRefunded,
    /// Refund after the last day for one.
    RefundPeriodExpired,
    /// Refund to somebody who can receive nothing.
    RefundNotPossible,

    /// Cancel of a payment captured in full.
    CancelOfCaptured,
    /// Cancel of an authorized payment by a request for unauthorized ones only.
    CancelOfAuthorized,
    /// Cancel of a payment that has ended.
    CancelImpossible(Subject),
    /// Cancel after the deadline.
    CancelPeriodExpired,

    /// Approval of a payment already approved.
    AlreadyAuthorized,
    /// Approval or refusal of a payment that has ended.
    ApproveImpossible(Subject),
    /// Approval of a payment with shipping without saying how it is to be delivered.
    ApproveWithoutDelivery,
}

/// Why a way of paying is not possible.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MethodObstacle {
    /// Card passthrough: for payment service providers.
    Passthrough,
    /// A card, but the sales unit may not take one outside a wallet.
    CardNotAllowed,
    /// A card, but not by sending the browser to a page.
    CardNeedsWebRedirect,
    /// A card, for a payment that stays open longer than usual.
    CardCannotWait,
    /// A card, for a payment with shipping.
    CardCannotShip,
}

/// Why a decision has no events: the caller's request against a rule, or a defect of ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// A rule stood in the way; nothing is wrong here.
    Rule(Rejection),
    /// The payment contradicts itself; nothing may be built on it.
    Broken(Broken),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rule(rejection)
    }
}

impl From<Broken> for Refusal {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// The state a refused command met, by its published name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subject(&'static str);

impl Subject {
    /// The state's published name.
    pub const fn state(self) -> &'static str {
        self.0
    }
}

impl From<&State> for Subject {
    fn from(state: &State) -> Self {
        Self(state.name())
    }
}

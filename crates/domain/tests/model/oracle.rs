//! Reference model of one ePayment payment, for comparison in randomised tests.
//!
//! For: a second opinion. It is written from the specification alone, so a test can drive
//! it side by side with the real domain code and treat any difference as a finding.
//!
//! Promises: deterministic; the only clock is the instant passed in; whatever that clock
//! has made due happens first; a refused operation changes nothing beyond that, but for
//! a refund that the bank refused, which stands in the log.
//!
//! Never: imports or mirrors the code under test, replays events to find its state, does
//! I/O, or models anything outside one payment (locks and idempotency keys are left out).

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// How long the payer has to act where the merchant does not say.
pub const EXPIRY_MS: i64 = 10 * MINUTE_MS;
/// Age of the authorization at which refunds stop.
const REFUND_LIMIT_MS: i64 = 365 * DAY_MS;

/// Country the sales unit sells in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Market {
    /// Norway.
    No,
    /// Denmark.
    Dk,
    /// Finland.
    Fi,
}

/// The settings of a sales unit that influence a payment.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// Decides the default capture deadline.
    pub market: Market,
    /// Lengthens a short capture deadline.
    pub late_capture: bool,
    /// When false, only a capture of the whole authorized amount is accepted.
    pub partial_capture_allowed: bool,
}

/// One thing that payer, merchant or tester may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Approval by force, without a wallet.
    Approve,
    /// Approval in a wallet, with a way of delivery where the payment asks for one.
    ApproveInWallet,
    /// The payer says no.
    Reject,
    /// Take this much of the reserved money.
    Capture(i64),
    /// Give this much of the captured money back.
    Refund(i64),
    /// The same, but the bank will not.
    RefundRefusedByBank(i64),
    /// Call the payment off, or release what is still reserved.
    Cancel {
        /// Only act if nothing has been reserved yet.
        only_unauthorized: bool,
    },
}

/// Everything an outsider can see: the payment and its event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Wire name of the payment's state.
    pub state: &'static str,
    /// Sum authorized.
    pub authorized: i64,
    /// Sum captured.
    pub captured: i64,
    /// Sum refunded.
    pub refunded: i64,
    /// Sum cancelled.
    pub cancelled: i64,
    /// Name and amount of each event, oldest first.
    pub log: Vec<(&'static str, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Created,
    Authorized,
    Aborted,
    Expired,
    Terminated,
}

/// What an accepted operation does.
#[derive(Clone, Copy, Debug)]
enum Effect {
    Authorize,
    Abort,
    Terminate,
    Capture(i64),
    Refund(i64),
    NoteRefusedRefund(i64),
    ReleaseRest,
}

/// The model itself: current values in plain fields, the log only written, never read back.
#[derive(Clone, Debug)]
pub struct Oracle {
    unit: Unit,
    amount: i64,
    delivery_cost: Option<i64>,
    lifetime_ms: i64,
    created_ms: i64,
    authorized_ms: i64,
    state: State,
    authorized: i64,
    captured: i64,
    refunded: i64,
    cancelled: i64,
    log: Vec<(&'static str, i64)>,
}

impl Oracle {
    /// A fresh payment. The caller vouches for `amount >= 1`; a delivery cost makes it an Express payment.
    pub fn create(unit: Unit, amount: i64, delivery_cost: Option<i64>, lifetime_ms: i64, now_ms: i64) -> Oracle {
        Oracle {
            unit,
            amount,
            delivery_cost,
            lifetime_ms,
            created_ms: now_ms,
            authorized_ms: now_ms,
            state: State::Created,
            authorized: 0,
            captured: 0,
            refunded: 0,
            cancelled: 0,
            log: vec![("CREATED", amount)],
        }
    }

    /// Tries one operation at an instant; a refusal is the numeric error code.
    pub fn step(&mut self, operation: Operation, now_ms: i64) -> Result<(), u16> {
        self.catch_up(now_ms);
        let effect = self.verdict(operation, now_ms)?;
        self.apply(effect, now_ms);
        match effect {
            Effect::NoteRefusedRefund(_) => Err(5100),
            _ => Ok(()),
        }
    }

    /// What a reader sees at an instant.
    pub fn view(&mut self, now_ms: i64) -> View {
        self.catch_up(now_ms);
        View {
            state: match self.state {
                State::Created => "CREATED",
                State::Authorized => "AUTHORIZED",
                State::Aborted => "ABORTED",
                State::Expired => "EXPIRED",
                State::Terminated => "TERMINATED",
            },
            authorized: self.authorized,
            captured: self.captured,
            refunded: self.refunded,
            cancelled: self.cancelled,
            log: self.log.clone(),
        }
    }

    /// Lets happen what time alone causes: expiry, or release of an uncaptured rest.
    fn catch_up(&mut self, now_ms: i64) {
        if self.state == State::Created && now_ms - self.created_ms >= self.lifetime_ms {
            self.state = State::Expired;
            self.log.push(("EXPIRED", self.amount));
        }
        if self.capture_over(now_ms) && self.rest() > 0 {
            self.apply(Effect::ReleaseRest, now_ms);
        }
    }

    /// Reserved money that is neither captured nor released.
    fn rest(&self) -> i64 {
        self.authorized - self.captured - self.cancelled
    }

    fn capture_over(&self, now_ms: i64) -> bool {
        let days = match (self.unit.market, self.unit.late_capture) {
            (Market::No, _) | (_, true) => 180,
            (Market::Dk | Market::Fi, false) => 14,
        };
        self.state == State::Authorized && now_ms - self.authorized_ms >= days * DAY_MS
    }

    fn refund_over(&self, now_ms: i64) -> bool {
        self.state == State::Authorized && now_ms - self.authorized_ms >= REFUND_LIMIT_MS
    }

    /// The decision table. Within a block the order of the rows matters: first match wins.
    #[rustfmt::skip]
    fn verdict(&self, operation: Operation, now_ms: i64) -> Result<Effect, u16> {
        use Operation::{Approve, ApproveInWallet, Cancel, Capture, Refund, RefundRefusedByBank, Reject};
        use State::{Aborted, Authorized, Created, Expired, Terminated};

        let rest = self.rest();
        let refundable = self.captured - self.refunded;
        let nothing_cancelled = self.cancelled == 0;
        let whole_only = !self.unit.partial_capture_allowed;

        if let RefundRefusedByBank(v) = operation {
            // The bank is asked last, when nothing else stands in the way.
            return self.verdict(Refund(v), now_ms).map(|_| Effect::NoteRefusedRefund(v));
        }
        match (self.state, operation) {
            // Nobody has acted yet.
            (Created, Approve) if self.delivery_cost.is_some() => Err(10060),
            (Created, Approve | ApproveInWallet) => Ok(Effect::Authorize),
            (Created, Reject)    => Ok(Effect::Abort),
            (Created, Cancel { .. }) => Ok(Effect::Terminate),
            (Created, Capture(_)) => Err(6080),
            (Created, Refund(_)) => Err(6020),

            // It ended without a reservation.
            (Aborted | Expired | Terminated, Approve | ApproveInWallet | Reject) => Err(10010),
            (Aborted | Expired | Terminated, Cancel { .. })      => Err(6190),
            (Aborted | Expired | Terminated, Refund(_))          => Err(6210),
            (Aborted | Expired, Capture(_))                      => Err(6200),
            (Terminated, Capture(_))                             => Err(6070),

            // Reserved: approving or rejecting comes too late.
            (Authorized, Approve | ApproveInWallet) => Err(6230),
            (Authorized, Reject)  => Err(10010),

            // Reserved: capture.
            (Authorized, Capture(_)) if self.capture_over(now_ms)        => Err(6100),
            (Authorized, Capture(v)) if v <= 0                           => Err(6010),
            (Authorized, Capture(_)) if rest == 0 && nothing_cancelled   => Err(6170),
            (Authorized, Capture(_)) if rest == 0                        => Err(6070),
            (Authorized, Capture(v)) if v > rest                         => Err(6090),
            (Authorized, Capture(v)) if whole_only && v < self.authorized => Err(6140),
            (Authorized, Capture(v))                                     => Ok(Effect::Capture(v)),

            // Reserved: refund.
            (Authorized, Refund(_)) if self.refund_over(now_ms) => Err(6220),
            (Authorized, Refund(v)) if v <= 0                   => Err(6010),
            (Authorized, Refund(_)) if self.captured == 0       => Err(6150),
            (Authorized, Refund(_)) if refundable == 0          => Err(6180),
            (Authorized, Refund(v)) if v > refundable           => Err(6150),
            (Authorized, Refund(v))                             => Ok(Effect::Refund(v)),

            (_, RefundRefusedByBank(_)) => unreachable!("answered above"),

            // Reserved: cancel.
            (Authorized, Cancel { .. }) if self.capture_over(now_ms)      => Err(6030),
            (Authorized, Cancel { only_unauthorized: true })              => Err(6060),
            (Authorized, Cancel { .. }) if rest == 0 && nothing_cancelled => Err(6040),
            (Authorized, Cancel { .. }) if rest == 0                      => Err(6190),
            (Authorized, Cancel { .. })                                   => Ok(Effect::ReleaseRest),
        }
    }

    fn apply(&mut self, effect: Effect, now_ms: i64) {
        let entry = match effect {
            Effect::Authorize => {
                self.state = State::Authorized;
                self.authorized = self.amount + self.delivery_cost.unwrap_or(0);
                // No two events of a payment share a millisecond: the later one takes the next.
                self.authorized_ms = now_ms.max(self.created_ms + 1);
                ("AUTHORIZED", self.authorized)
            }
            Effect::Abort => {
                self.state = State::Aborted;
                ("ABORTED", self.amount)
            }
            Effect::Terminate => {
                self.state = State::Terminated;
                self.cancelled = self.amount;
                ("TERMINATED", self.amount)
            }
            Effect::Capture(part) => {
                self.captured += part;
                ("CAPTURED", part)
            }
            Effect::Refund(part) => {
                self.refunded += part;
                ("REFUNDED", part)
            }
            Effect::NoteRefusedRefund(part) => ("REFUNDED", part),
            Effect::ReleaseRest => {
                let part = self.rest();
                self.cancelled += part;
                ("CANCELLED", part)
            }
        };
        self.log.push(entry);
    }
}

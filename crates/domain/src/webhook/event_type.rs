//! The types of events a registration may name, also those nothing here brings about yet.
//!
//! A type's name is not the name of a payment's event: `epayments.payment.captured.v1` is registered for, `CAPTURED` is sent.

use super::REGISTRATIONS_MAX;
use crate::payment::Occurrence;

/// Whose events they are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Api {
    /// Single payments.
    EPayment,
    /// Agreements and their charges.
    Recurring,
    /// Codes that are scanned.
    Qr,
    /// Log-ins.
    Login,
}

macro_rules! event_types {
    ($($api:ident { $($(#[$docs:meta])* $variant:ident = $name:literal,)+ })+) => {
        /// A type of event.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum EventType {
            $($($(#[$docs])* $variant,)+)+
        }

        impl EventType {
            /// Every type, API by API.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)+)+];

            /// The name it is registered by.
            pub const fn name(self) -> &'static str {
                match self {
                    $($(Self::$variant => $name,)+)+
                }
            }

            /// Whose it is.
            pub const fn api(self) -> Api {
                match self {
                    $($(Self::$variant)|+ => Api::$api,)+
                }
            }
        }
    };
}

event_types! {
    EPayment {
        /// The merchant asked for a payment.
        PaymentCreated = "epayments.payment.created.v1",
        /// The payer approved.
        PaymentAuthorized = "epayments.payment.authorized.v1",
        /// The payer refused.
        PaymentAborted = "epayments.payment.aborted.v1",
        /// Nobody acted in time.
        PaymentExpired = "epayments.payment.expired.v1",
        /// The merchant cancelled before authorization.
        PaymentTerminated = "epayments.payment.terminated.v1",
        /// The merchant took money.
        PaymentCaptured = "epayments.payment.captured.v1",
        /// The merchant gave money back.
        PaymentRefunded = "epayments.payment.refunded.v1",
        /// What was left of the reservation was released.
        PaymentCancelled = "epayments.payment.cancelled.v1",
    }
    Recurring {
        /// The payer agreed.
        AgreementActivated = "recurring.agreement-activated.v1",
        /// The payer refused.
        AgreementRejected = "recurring.agreement-rejected.v1",
        /// Somebody ended it.
        AgreementStopped = "recurring.agreement-stopped.v1",
        /// Nobody agreed in time.
        AgreementExpired = "recurring.agreement-expired.v1",
        /// The money for a charge is reserved.
        ChargeReserved = "recurring.charge-reserved.v1",
        /// A charge was taken.
        ChargeCaptured = "recurring.charge-captured.v1",
        /// A charge was called off. Written with one l, unlike the payment's.
        ChargeCanceled = "recurring.charge-canceled.v1",
        /// A charge was given back.
        ChargeRefunded = "recurring.charge-refunded.v1",
        /// A charge could not be taken.
        ChargeFailed = "recurring.charge-failed.v1",
        /// A charge could not be made.
        ChargeCreationFailed = "recurring.charge-creation-failed.v1",
    }
    Qr {
        /// A payer scanned the merchant's code.
        UserCheckedIn = "user.checked-in.v1",
    }
    Login {
        /// A log-in the merchant began can be fetched.
        LoginPing = "login.merchant-initiated.ping.v1",
    }
}

impl EventType {
    /// The type of this name, letter for letter.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }

    /// The type of what happened to a payment, where anybody is told of it.
    pub const fn of(occurrence: &Occurrence) -> Option<Self> {
        Some(match occurrence {
            Occurrence::Created => Self::PaymentCreated,
            Occurrence::Authorized(_) => Self::PaymentAuthorized,
            Occurrence::Processing(_) => return None,
            Occurrence::Captured(_) => Self::PaymentCaptured,
            Occurrence::Refunded(_) | Occurrence::RefundRefused(_) => Self::PaymentRefunded,
            Occurrence::Cancelled(_) => Self::PaymentCancelled,
            Occurrence::Aborted => Self::PaymentAborted,
            Occurrence::Expired => Self::PaymentExpired,
            Occurrence::Terminated => Self::PaymentTerminated,
        })
    }

    /// The most registrations a scope may have of it: one sales unit, or one partner for all of its own.
    pub const fn registrations_max(self) -> usize {
        match self {
            Self::UserCheckedIn => 1,
            _ => REGISTRATIONS_MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{money::MinorUnits, payment::Authorization, time::Timestamp};

    #[test]
    fn a_type_is_found_by_its_name_and_by_nothing_like_it() {
        for one in EventType::ALL {
            assert_eq!(EventType::from_name(one.name()), Some(*one));
        }
        for name in [
            "",
            "CAPTURED",
            "epayments.payment.captured",
            "epayments.payment.captured.v2",
            "epayments.payment.captured.v1 ",
            "Epayments.payment.captured.v1",
            "epayment.payment.captured.v1",
            "recurring.charge-cancelled.v1",
            "donations.donation-created.v1",
        ] {
            assert_eq!(EventType::from_name(name), None, "{name}");
        }
    }

    #[test]
    fn every_type_is_listed_once_with_its_api() {
        let names: std::collections::BTreeSet<&str> = EventType::ALL.iter().map(|one| one.name()).collect();
        assert_eq!(names.len(), EventType::ALL.len());
        let of = |api: Api| EventType::ALL.iter().filter(|one| one.api() == api).count();
        assert_eq!((of(Api::EPayment), of(Api::Recurring), of(Api::Qr), of(Api::Login)), (8, 10, 1, 1));
        for one in EventType::ALL {
            let prefix = match one.api() {
                Api::EPayment => "epayments.payment.",
                Api::Recurring => "recurring.",
                Api::Qr => "user.",
                Api::Login => "login.",
            };
            assert!(one.name().starts_with(prefix) && one.name().ends_with(".v1"), "{one:?}");
        }
    }

    #[test]
    fn what_happens_to_a_payment_has_the_type_of_its_name() {
        let amount = MinorUnits::new(100).unwrap();
        let authorization = Authorization {
            amount,
            payer: None,
            card_bin: None,
            capture_deadline: Timestamp::from_milliseconds(2),
            capture_guaranteed_until: Timestamp::from_milliseconds(1),
            profile: None,
            delivery: None,
        };
        for occurrence in [
            Occurrence::Created,
            Occurrence::Authorized(authorization),
            Occurrence::Captured(amount),
            Occurrence::Refunded(amount),
            Occurrence::RefundRefused(amount),
            Occurrence::Cancelled(amount),
            Occurrence::Aborted,
            Occurrence::Expired,
            Occurrence::Terminated,
        ] {
            let name = occurrence.name().as_str().to_ascii_lowercase();
            assert_eq!(EventType::of(&occurrence).unwrap().name(), format!("epayments.payment.{name}.v1"));
        }
    }

    #[test]
    fn only_check_ins_are_told_to_one_alone() {
        for one in EventType::ALL {
            let expected = if *one == EventType::UserCheckedIn { 1 } else { 25 };
            assert_eq!(one.registrations_max(), expected, "{one:?}");
        }
    }
}

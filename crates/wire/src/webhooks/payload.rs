//! The bodies that are delivered.
//!
//! Members stand in the published order; what has no value is left out, `null` is never written. A body has no id of its event beside
//! `pspReference`, and does not say which type it was registered by.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::epayment::v1::{Amount, ShippingDetails, UserDetails};

/// Something happened to a payment.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PaymentEvent {
    /// The sales unit.
    pub msn: String,
    /// The merchant's name for the payment.
    pub reference: String,
    /// Our id of the event, as in the payment's log; not that of the payment.
    pub psp_reference: String,
    /// What happened.
    #[cfg_attr(feature = "schema", schema(value_type = crate::epayment::v1::PaymentEventName))]
    pub name: Cow<'static, str>,
    /// What moved, or what the payment is for.
    pub amount: Amount,
    /// When it happened; deliveries are later.
    pub timestamp: String,
    /// The key of the request behind it, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub idempotency_key: Option<String>,
    /// Whether it came about.
    pub success: bool,
    /// The payer's id for this sales unit; of an approval that shared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub sub: Option<String>,
    /// Who the payer is; of an approval that shared it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub user_details: Option<UserDetails>,
    /// How it is to be delivered; of an approval that said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub shipping_details: Option<ShippingDetails>,
    /// Until when a capture cannot fail; of an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub capture_guaranteed_until: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As published, without the spaces.
    const AUTHORIZED: &str = concat!(
        r#"{"msn":"123456","reference":"acme-shop-123-order123abc","pspReference":"dd8e0a8e-2b26-40ed-98f1-1d5832fc129f","#,
        r#""name":"AUTHORIZED","amount":{"currency":"NOK","value":49900},"timestamp":"2026-01-19T16:26:32.099Z","#,
        r#""idempotencyKey":"7c8b81e7-b08b-46e4-9729-191cb801c132","success":true,"#,
        r#""captureGuaranteedUntil":"2026-01-26T16:26:32.099+00:00"}"#
    );
    const EXPRESS: &str = concat!(
        r#"{"msn":"123456","reference":"acme-shop-123-order123abc","pspReference":"0b1f","name":"AUTHORIZED","#,
        r#""amount":{"currency":"NOK","value":59800},"timestamp":"2026-01-19T16:26:32.099Z","idempotencyKey":"k1","#,
        r#""success":true,"sub":"c06c4afe-d9e1-4c5d-939a-177d752a0944","#,
        r#""userDetails":{"email":"user@example.com","firstName":"Ada","lastName":"Lovelace","mobileNumber":"4712345678","#,
        r#""addresses":[{"addressLine1":"Robert Levins gate 5","city":"Oslo","country":"NO","postCode":"0154"}]},"#,
        r#""shippingDetails":{"address":{"addressLine1":"Robert Levins gate 5","city":"Oslo","country":"NO","postCode":"0154"},"#,
        r#""shippingCost":9900,"shippingOptionId":"posten-servicepakke-1","shippingOptionName":"A-post"}}"#
    );

    #[test]
    fn an_event_is_written_in_the_published_order_and_read_again() {
        for json in [AUTHORIZED, EXPRESS] {
            let event: PaymentEvent = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
        }
    }

    #[test]
    fn what_has_no_value_is_left_out() {
        let event = PaymentEvent {
            msn: "123456".to_owned(),
            reference: "acme-shop-123".to_owned(),
            psp_reference: "0b1f".to_owned(),
            name: "EXPIRED".into(),
            amount: Amount { currency: "NOK".into(), value: 1 },
            timestamp: "2026-01-19T16:26:32.099Z".to_owned(),
            idempotency_key: None,
            success: true,
            sub: None,
            user_details: None,
            shipping_details: None,
            capture_guaranteed_until: None,
        };
        let json = concat!(
            r#"{"msn":"123456","reference":"acme-shop-123","pspReference":"0b1f","name":"EXPIRED","#,
            r#""amount":{"currency":"NOK","value":1},"timestamp":"2026-01-19T16:26:32.099Z","success":true}"#
        );
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
    }

    #[test]
    fn a_receiver_reads_null_and_members_it_does_not_know() {
        let json = AUTHORIZED.replace(
            r#""idempotencyKey":"7c8b81e7-b08b-46e4-9729-191cb801c132""#,
            r#""idempotencyKey":null,"later":[1]"#,
        );
        let event: PaymentEvent = serde_json::from_str(&json).unwrap();
        assert_eq!((event.idempotency_key, event.name.as_ref()), (None, "AUTHORIZED"));
        assert!(serde_json::from_str::<PaymentEvent>(r#"{"msn":"123456"}"#).is_err());
    }
}

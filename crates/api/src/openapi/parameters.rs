//! Headers and parts of paths that many operations share, as the documents describe them. Requests are read elsewhere.
#![allow(dead_code, reason = "these types are described, never made")]

use utoipa::IntoParams;

/// What every call with a token carries.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct CallHeaders {
    /// One of the two keys of the set that the token was issued to.
    #[param(rename = "Ocp-Apim-Subscription-Key")]
    subscription_key: String,
    /// The sales unit acted for. Keys of a sales unit may leave it out; keys of a partner may not.
    #[param(rename = "Merchant-Serial-Number", pattern = "^[0-9]{4,10}$", min_length = 4, max_length = 10)]
    merchant_serial_number: Option<String>,
}

/// What every call about registrations carries.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct ScopeHeaders {
    /// One of the two keys of the set that the token was issued to. A token that counts without one needs none.
    #[param(rename = "Ocp-Apim-Subscription-Key")]
    subscription_key: Option<String>,
    /// The sales unit acted for. Keys of a sales unit may leave it out; keys of a partner then act for all that are connected to it.
    #[param(rename = "Merchant-Serial-Number", pattern = "^[0-9]{4,10}$", min_length = 4, max_length = 10)]
    merchant_serial_number: Option<String>,
}

/// What tells about the caller's own system.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct SystemHeaders {
    /// The shop's system.
    #[param(rename = "Vipps-System-Name", max_length = 30)]
    system_name: Option<String>,
    /// Its version.
    #[param(rename = "Vipps-System-Version", max_length = 30)]
    system_version: Option<String>,
    /// The plugin in it.
    #[param(rename = "Vipps-System-Plugin-Name", max_length = 30)]
    plugin_name: Option<String>,
    /// The plugin's version.
    #[param(rename = "Vipps-System-Plugin-Version", max_length = 30)]
    plugin_version: Option<String>,
}

/// What tells about the caller's own system, where it may be said at greater length.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct OrderSystemHeaders {
    /// The shop's system.
    #[param(rename = "Vipps-System-Name", max_length = 100)]
    system_name: Option<String>,
    /// Its version.
    #[param(rename = "Vipps-System-Version", max_length = 100)]
    system_version: Option<String>,
    /// The plugin in it.
    #[param(rename = "Vipps-System-Plugin-Name", max_length = 100)]
    plugin_name: Option<String>,
    /// The plugin's version.
    #[param(rename = "Vipps-System-Plugin-Version", max_length = 100)]
    plugin_version: Option<String>,
}

/// The key under which a request may be repeated.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct IdempotencyKey {
    /// 1 to 50 printable ASCII characters.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 50)]
    idempotency_key: String,
}

/// The same, where it may be left out.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct CancelKey {
    /// 1 to 50 printable ASCII characters. Without it a repetition is asked anew.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 50)]
    idempotency_key: Option<String>,
}

/// Which payment.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct ReferencePath {
    /// The merchant's name for the payment.
    #[param(pattern = "^[a-zA-Z0-9-]{8,64}$", min_length = 8, max_length = 64)]
    reference: String,
}

/// Which order.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct OrderPath {
    /// `ECOM` for payments, `RECURRING` for charges, in any letter case.
    #[param(rename = "paymentType")]
    payment_type: String,
    /// The merchant's id of the order: the reference of a payment, the id of a charge.
    #[param(rename = "orderId", pattern = "^[0-9A-Za-z\\-_.]+$", min_length = 1, max_length = 128)]
    order_id: String,
}

/// Which category.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct CategoryPath {
    /// The id that adding it answered.
    #[param(rename = "categoryId", format = "uuid")]
    category_id: String,
}

/// What a token is asked for with.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct Keys {
    /// The client id.
    #[param(rename = "client_id")]
    client_id: String,
    /// The client secret.
    #[param(rename = "client_secret")]
    client_secret: String,
    /// One of the two subscription keys of the same set.
    #[param(rename = "Ocp-Apim-Subscription-Key")]
    subscription_key: String,
    /// A sales unit of the keys; not looked at.
    #[param(rename = "Merchant-Serial-Number", pattern = "^[0-9]{4,10}$", min_length = 4, max_length = 10)]
    merchant_serial_number: Option<String>,
}

/// What a specialised token is asked for with.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(crate) struct SpecialisedHeaders {
    /// `Basic` and the base64 of client id, colon and client secret.
    #[param(rename = "Authorization")]
    authorization: String,
}

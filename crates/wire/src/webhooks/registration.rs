//! `POST`, `GET` and `DELETE` below `/webhooks/v1/webhooks`.
//!
//! Types of events are plain texts, as published: which there are, others know. A removal answers with no body.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Body of `POST /webhooks`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RegisterRequest {
    /// Where events are sent, path and query byte for byte.
    #[cfg_attr(feature = "schema", schema(format = "uri", max_length = 2048))]
    pub url: String,
    /// Which types of events.
    #[cfg_attr(feature = "schema", schema(min_items = 1, max_items = 50))]
    pub events: Vec<String>,
}

/// Answer to `POST /webhooks`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct RegisterResponse {
    /// Our id of the registration.
    #[cfg_attr(feature = "schema", schema(format = "uuid"))]
    pub id: String,
    /// What its deliveries are signed with; told this once.
    pub secret: String,
}

/// Without the secret, so that it gets into no log by accident.
impl fmt::Debug for RegisterResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RegisterResponse").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Answer to `GET /webhooks`.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct QueryResponse {
    /// Every registration of the caller.
    pub webhooks: Vec<Webhook>,
}

/// A registration.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Webhook {
    /// Our id of it.
    #[cfg_attr(feature = "schema", schema(format = "uuid"))]
    pub id: String,
    /// Where events are sent, as it was given.
    #[cfg_attr(feature = "schema", schema(format = "uri"))]
    pub url: String,
    /// Which types of events.
    pub events: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_bodies_are_written_as_published() {
        let (id, url) = ("497f6eca-6276-4993-bfeb-53cbbbba6f08".to_owned(), "https://example.com/hook?a=b".to_owned());
        let events = vec!["epayments.payment.authorized.v1".to_owned()];
        let json = r#"{"url":"https://example.com/hook?a=b","events":["epayments.payment.authorized.v1"]}"#;
        let request: RegisterRequest = serde_json::from_str(json).unwrap();
        assert_eq!(request, RegisterRequest { url: url.clone(), events: events.clone() });
        assert_eq!(serde_json::to_string(&request).unwrap(), json);
        let registered = RegisterResponse { id: id.clone(), secret: "A0+AeKBR==".to_owned() };
        let json = r#"{"id":"497f6eca-6276-4993-bfeb-53cbbbba6f08","secret":"A0+AeKBR=="}"#;
        assert_eq!(serde_json::to_string(&registered).unwrap(), json);
        let list = QueryResponse { webhooks: vec![Webhook { id, url, events }] };
        let json = concat!(
            r#"{"webhooks":[{"id":"497f6eca-6276-4993-bfeb-53cbbbba6f08","url":"https://example.com/hook?a=b","#,
            r#""events":["epayments.payment.authorized.v1"]}]}"#
        );
        assert_eq!(serde_json::to_string(&list).unwrap(), json);
        assert_eq!(serde_json::to_string(&QueryResponse { webhooks: vec![] }).unwrap(), r#"{"webhooks":[]}"#);
    }

    #[test]
    fn a_registration_that_is_debugged_keeps_its_secret() {
        let registered = RegisterResponse { id: "an-id".to_owned(), secret: "very-secret".to_owned() };
        let shown = format!("{registered:?}");
        assert!(shown.contains("an-id") && !shown.contains("very-secret"), "{shown}");
    }
}

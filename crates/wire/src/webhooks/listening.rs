//! Deliveries that are fetched, below `/_kasse/test/listeners` of a sandbox. These bodies are ours, nobody has published them.
//!
//! Bodies of deliveries and of their answers travel in base64, because every byte of them counts.

use serde::{Deserialize, Serialize};

/// What can go wrong with a delivery that somebody fetched and carried on, by its class, as the delivery log names it.
pub const CLASSES: [&str; 7] = ["dns", "blocked", "refused", "timeout", "tls", "reset", "protocol"];

/// Body of `POST /_kasse/test/listeners`; the answer is that of a registration.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct ListenRequest {
    /// The address deliveries are signed for.
    pub url: String,
}

/// A delivery, handed to whoever fetches it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Handed {
    /// What it is answered under.
    pub delivery: u64,
    /// Where to.
    pub url: String,
    /// Names and values of its headers, in their order and with their letters.
    pub headers: Vec<(String, String)>,
    /// Its body, in base64.
    pub body: String,
}

/// What came of it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(untagged)]
pub enum Outcome {
    /// The receiver answered.
    Answered {
        /// With this status.
        status: u16,
        /// How the answer's body began, in base64.
        #[serde(default)]
        body: String,
    },
    /// It did not.
    Failed {
        /// One of [`CLASSES`].
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bodies_are_written_as_documented() {
        let handed = Handed {
            delivery: 7,
            url: "http://a.example/".to_owned(),
            headers: vec![("Host".to_owned(), "a.example".to_owned())],
            body: "e30=".to_owned(),
        };
        let json = r#"{"delivery":7,"url":"http://a.example/","headers":[["Host","a.example"]],"body":"e30="}"#;
        assert_eq!(serde_json::to_string(&handed).unwrap(), json);
        assert_eq!(serde_json::from_str::<Handed>(json).unwrap(), handed);
        for (outcome, json) in [
            (Outcome::Answered { status: 200, body: "b2s=".to_owned() }, r#"{"status":200,"body":"b2s="}"#),
            (Outcome::Failed { error: "dns".to_owned() }, r#"{"error":"dns"}"#),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
            assert_eq!(serde_json::from_str::<Outcome>(json).unwrap(), outcome);
        }
    }
}

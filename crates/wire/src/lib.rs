//! The bodies programs exchange with the APIs, a module for each API and version.
//!
//! Plain data and its JSON. No rule of payment is known here, nothing is validated, and no type of the inside is ever serialised: whoever
//! answers converts by hand, field by field. Beside them is what both ends of a webhook have to compute alike: its signature.

pub mod access_token;
pub mod epayment;
pub mod order_management;
pub mod problem;
pub mod test_wallet;
pub mod userinfo;
pub mod webhooks;

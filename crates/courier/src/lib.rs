//! What leaves the server: messages to addresses that merchants have named.
//!
//! [`carrier`] takes one message to one address and tells what came of it; [`dispatch`] decides which delivery goes out when, and hands on
//! what came of it. Which addresses those may be is the domain's (`domain::target`), asked when one is registered and again whenever one is
//! dialled. Nothing else in the server opens a connection to the outside.

pub mod carrier;
pub mod dispatch;

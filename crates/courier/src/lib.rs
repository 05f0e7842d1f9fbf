//! What leaves the server: messages to addresses that merchants have named.
//!
//! [`carrier`] takes one message to one address and tells what came of it. [`target`] says which addresses those may be, once when one is
//! registered and again whenever one is dialled. Nothing else in the server opens a connection to the outside; here nobody decides which
//! message is due, and no answer has a meaning yet.

pub mod carrier;
pub mod dispatch;

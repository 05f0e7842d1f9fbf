//! Administration: what an operator may have done, whether or not a server runs on the data directory.
//!
//! A command is a [`Request`] and comes to an [`Answer`]; `carry_out` is the one function in between. Where nobody has the data directory
//! the command takes it and carries the request out itself. Where a server has it the request goes to that server through a socket in the
//! directory, so that what was changed counts there at once. The lock of the directory decides which of the two it is.
//!
//! The socket is for the server's own user and root. Secrets in answers travel over nothing else, and nothing here logs them.

mod answer;
mod carry_out;
mod client;
mod request;
mod server;
mod socket;
mod word;

pub(crate) use answer::{Answer, SecretKeys, ShownPartner, ShownSalesUnit};
pub(crate) use client::administer;
pub(crate) use request::{Request, Switch};
pub(crate) use server::Administration;
pub(crate) use word::Word;

use carry_out::carry_out;

/// The longest request. Ours are hundreds of bytes.
const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// The longest answer: a list of more than a hundred thousand sales units.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

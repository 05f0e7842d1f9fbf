//! ePayment API, version 1 (contract 1.8.1 and the additions of 2026).

mod receipt;
mod request;
mod response;
mod shipping;
mod words;

pub use receipt::*;
pub use request::*;
pub use response::*;
pub use shipping::*;
pub use words::*;

//! Settings: each declared once, and from that a flag, a variable, a key of the settings file, a line of help and a row of the reference.
//!
//! A flag beats a variable, a variable beats the file, the file beats the default. A variable that begins like ours and is no setting is
//! somebody else's business; a key of the file that is no setting is a mistake and refused.

mod resolve;
mod table;
mod typed;

pub use resolve::{Origin, Resolved, resolve};
pub use table::{SETTINGS, Setting, Takes, reference};
pub use typed::{LogFormat, Settings, Webhooks};

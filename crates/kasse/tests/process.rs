//! The binary as its users meet it: started as a process, spoken to over HTTP and signals, read on its two streams.
//!
//! Proven here is what only a whole process can show: the words of a start and of a refused start, what a restart keeps, how a stop ends,
//! whom the data directory lets in, that `verify` finds what was damaged behind its back, and that no secret reaches the log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

#[path = "process/administration.rs"]
mod administration;
#[path = "process/canary.rs"]
mod canary;
#[path = "process/child.rs"]
mod child;
#[path = "process/command_line.rs"]
mod command_line;
#[path = "process/damage.rs"]
mod damage;
#[path = "process/database.rs"]
mod database;
#[path = "process/directory.rs"]
mod directory;
#[path = "process/listen.rs"]
mod listen;
#[path = "process/production.rs"]
mod production;
#[path = "process/quick_start.rs"]
mod quick_start;
#[path = "process/raw.rs"]
mod raw;
#[path = "process/settings.rs"]
mod settings;
#[path = "process/stop.rs"]
mod stop;
#[path = "process/tail.rs"]
mod tail;
#[path = "process/tls.rs"]
mod tls;
#[path = "process/webhooks.rs"]
mod webhooks;

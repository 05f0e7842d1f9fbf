//! The bench: real servers as child processes, load over loopback, and what came of it as one report.
//!
//! Server and ceiling run beside each other all the time and take turns under load in short windows, so that whatever else the machine does
//! hits both. Where a PostgreSQL is measured, its own load generator takes turns with them. What a server costs is read from its process,
//! apart from the load generator's. Children, data and databases are gone when the run ends, however it ends. Nothing here is part of a
//! server, and nothing here reads a setting.

mod ceiling;
mod child;
mod connection;
mod deliveries;
mod figures;
mod load;
mod machine;
mod pgbench;
mod plan;
mod process;
mod progress;
mod report;
mod requests;
mod rounds;
mod run;
mod scratch;
mod script;
mod tools;

pub(crate) use ceiling::serve as ceiling;
pub(crate) use deliveries::{ADDRESSES, COMMAND as POST_COMMAND, COUNT, post, run as run_deliveries};
pub(crate) use plan::Plan;
pub(crate) use run::run;

/// The hidden command that is the ceiling.
pub(crate) const CEILING_COMMAND: &str = "bench-ceiling";
/// Its flag: how many bytes it answers.
pub(crate) const CEILING_SIZE: &str = "answer-bytes";

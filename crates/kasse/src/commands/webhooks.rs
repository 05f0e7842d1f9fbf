//! `kasse webhooks …`: what a developer does with webhooks at the command line.
//!
//! None of it is administration: no command here opens the data or needs a setting of the server.

pub(super) mod lines;
pub(crate) mod tail;
pub(crate) mod verify;

use clap::Command;

/// The command with its own.
pub(crate) fn command() -> Command {
    Command::new("webhooks")
        .about("Follow webhooks as they are delivered, and check those that were")
        .subcommand_required(true)
        .subcommand(tail::command())
        .subcommand(verify::command())
}

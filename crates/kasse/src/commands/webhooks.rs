//! `kasse webhooks …`: what a developer does with webhooks at the command line.
//!
//! None of it is administration: no command here opens the data or needs a setting of the server.

pub(crate) mod verify;

use clap::Command;

/// The command with its own.
pub(crate) fn command() -> Command {
    Command::new("webhooks")
        .about("Check webhooks that were delivered")
        .subcommand_required(true)
        .subcommand(verify::command())
}

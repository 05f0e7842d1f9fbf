//! The server as a library: everything the binary does, for it and for tests that start the real thing.
//!
//! Here the parts are put together: settings are read, the installation is opened, the engine gets its store, clock, chance and keys, and
//! the routes get a front door. Only this crate reads the environment, files of settings and signals.

pub mod cli;
pub mod installation;
pub mod running;
pub mod server;
pub mod settings;
pub mod tls;

mod administration;
mod bench;
mod client;
mod client_address;
mod commands;
mod log;
pub mod outgoing;
mod plain_http;
mod production;
mod stdout;
mod welcome;

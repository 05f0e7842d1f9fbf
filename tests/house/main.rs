//! The house rules as a test: who may depend on whom, which names may be written where, how a file is shaped and what
//! may be borrowed from outside.
//!
//! Every rule is a test of its own, and every finding names the place, the rule and the way out. The rules read source
//! text and `cargo metadata`, nothing else, so they run wherever `cargo test` runs. Each rule is also tried on a sample
//! that breaks it: a rule that cannot fail protects nothing.
//!
//! | Module | Question |
//! |---|---|
//! | `direction` | does every crate use only the crates below it? |
//! | `rules`, `calls`, `samples` | is a name or a statement written where it does not belong? |
//! | `shape` | can each file and function be read in one go? |
//! | `manifests` | do members inherit what the workspace decides? |
//! | `dependencies`, `licence` | may we borrow what we borrow? |
//!
//! The others serve these: `lexer`, `syntax`, `source` read Rust files, `metadata` asks cargo, `finding` reports.
#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a broken precondition here is a failed test, which is the point"
)]

mod calls;
mod dependencies;
mod direction;
mod finding;
mod lexer;
mod licence;
mod manifests;
mod metadata;
mod rules;
mod samples;
mod shape;
mod source;
mod sql;
mod syntax;

//! The binary: everything is in the library.

use std::process::ExitCode;

/// A request makes and drops hundreds of small things; with the system's allocator that was a third of what serving it cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kasse::cli::run()
}

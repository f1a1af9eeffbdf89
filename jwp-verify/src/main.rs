//! The `jwp` command: issues receipts of software delivery into chain files, and verifies them.

#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}

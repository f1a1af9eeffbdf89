//! The gate importers over whole reports, each alone and all together.

mod evaluation;
mod hostile;
mod osv_scanner;
mod outcome;
mod scancode;
mod semgrep;
pub(crate) mod support;
mod trivy;

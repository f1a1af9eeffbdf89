//! The `jwp` command from outside: `*.toml` hold one behaviour each; what needs permissions, special files, several
//! processes or many inputs stands in the modules.

#![cfg(test)]

mod append;
mod arguments;
mod chain_file;
mod concurrent;
mod documents;
mod example;
mod expiry;
mod key_file;
mod keygen;
mod output;
#[cfg(target_os = "linux")]
mod process;
mod release;
mod support;
mod surroundings;
mod torn;
mod trust_file;
mod way_back;

#[test]
fn behaviours() {
    trycmd::TestCases::new().case("tests/cli/*.toml").run();
}

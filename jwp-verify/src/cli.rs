//! Arguments → library → exit code.
//!
//! | exit | means |
//! |---|---|
//! | 0 | verified; or the receipt was appended, the key made, … |
//! | 1 | refused |
//! | 2 | the arguments do not make a command, or nothing is expected of the chain |
//! | 3 | undecided: a file cannot be read, is malformed, or an unknown key signed; also a panic |
//!
//! The command takes its arguments and the files they name. It reads no environment variables, no
//! configuration, no network, and the clock only where `--now` is left out. What it prints is built
//! first and written whole; output that cannot be written is exit 3, never 0. One thing looks written and is not: a
//! stdout that was closed before the command began (`>&-`), in whose place the runtime opens `/dev/null`.

mod append;
mod explain;
mod failure;
mod file;
mod inspect;
mod issue;
mod key_file;
mod keygen;
mod print;
mod seal;
mod secret;
mod session;
mod time;
mod trust;
mod value;
mod verify;

use core::fmt;
use std::{
    ffi::OsString,
    io::{self, Write as _},
    panic,
    process::ExitCode,
};

use clap::Parser as _;

use jwp_verify::{
    code::{Class, Code},
    report::human::escape,
};

use self::failure::{Failure, Problem, Result};

/// Receipts of software delivery: typed, metered in joules, linked, signed.
///
/// JWP is the Joule Wire Protocol, not JSON Web Proof.
#[derive(Debug, clap::Parser)]
#[command(name = "jwp", version, color = clap::ColorChoice::Never, infer_subcommands = false)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of it, for the time of one command"
)]
enum Command {
    /// Makes an Ed25519 key
    Keygen(keygen::Keygen),
    /// Appends a receipt to a chain, computed from the outputs of the tools
    #[command(subcommand)]
    Issue(issue::Issue),
    /// Verifies the whole chain, computes its outcome and appends the sealing receipt
    Seal(seal::Seal),
    /// Says which key may sign what
    #[command(subcommand)]
    Trust(trust::Trust),
    /// Verifies a chain and says PASSED, FAILED or UNDECIDED
    ///
    /// Exit code 0: PASSED, everything that was expected was checked and holds. 1: FAILED, something was checked and
    /// does not hold. 2: wrong usage, or nothing was expected. 3: UNDECIDED, something could not be checked.
    Verify(verify::Verify),
    /// Prints the receipts of a chain without verifying them
    Inspect(inspect::Inspect),
    /// Says what a code means
    Explain(explain::Explain),
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs: one JSON object.
    Json,
}

/// What will be printed.
#[derive(Debug, Default)]
pub(crate) struct Output {
    stdout: String,
    warnings: String,
    done: Option<String>,
}

impl Output {
    /// One line of stdout. What a screen would obey is escaped.
    pub(crate) fn line(&mut self, line: fmt::Arguments<'_>) {
        self.stdout.push_str(&escape(&line.to_string()));
        self.stdout.push('\n');
    }

    /// Text of stdout that is escaped already.
    pub(crate) fn text(&mut self, text: &str) {
        self.stdout.push_str(text);
    }

    /// Writes out what there is so far.
    pub(crate) fn flush(&mut self) -> Result<()> {
        let text = core::mem::take(&mut self.stdout);
        let mut stdout = io::stdout().lock();
        let written = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        written.map_err(|error| self.unwritten(error))
    }

    /// What stands now, whether or not anybody gets the output: a receipt, a key.
    pub(crate) fn done(&mut self, what: String) {
        self.done = Some(what);
    }

    fn unwritten(&self, error: io::Error) -> Failure {
        let done = self.done.clone();
        Problem::Output { error, done }.into()
    }

    /// One warning on stderr.
    pub(crate) fn warn(&mut self, line: fmt::Arguments<'_>) {
        self.warnings.push_str(&escape(&format!("warning: {line}")));
        self.warnings.push('\n');
    }
}

/// Runs the command on the arguments of the process.
pub(crate) fn main() -> ExitCode {
    // The message of a panic may hold bytes of a key or of a receipt; its place cannot.
    panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|at| format!(", in {}:{}", at.file(), at.line()));
        let place = place.unwrap_or_default();
        let _ = writeln!(
            io::stderr(),
            "error[{}]: a defect of jwp; nothing was decided{place}",
            Code::CliPanic.name()
        );
    }));
    ExitCode::from(guarded(|| run(std::env::args_os())))
}

/// The exit code of `command`; of one that a defect stopped, that of something undecided.
fn guarded(command: impl FnOnce() -> u8 + panic::UnwindSafe) -> u8 {
    panic::catch_unwind(command).unwrap_or(Class::Undecided.exit_code())
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let mut out = Output::default();
    let result = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => dispatch(&arguments.command, &mut out),
        Err(error) => usage(error, &mut out),
    };
    let warned = io::stderr().write_all(out.warnings.as_bytes());
    let printed = warned
        .map_err(|error| out.unwritten(error))
        .and_then(|()| out.flush());
    // Output that nobody got is never success, and never hides what failed before.
    match result.and(printed) {
        Ok(()) => 0,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "{}", escape(&failure.to_string()));
            failure.exit()
        }
    }
}

fn dispatch(command: &Command, out: &mut Output) -> Result<()> {
    match command {
        Command::Keygen(keygen) => keygen.run(out),
        Command::Issue(issue) => issue.run(out),
        Command::Seal(seal) => seal.run(out),
        Command::Trust(trust) => trust.run(out),
        Command::Verify(verify) => verify.run(out),
        Command::Inspect(inspect) => inspect.run(out),
        Command::Explain(explain) => explain.run(out),
    }
}

/// Help and version are asked for; everything else that clap says is a usage error in our form.
fn usage(mut error: clap::Error, out: &mut Output) -> Result<()> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        out.text(&error.render().to_string());
        return Ok(());
    }
    // What the caller wrote is set in at the end, whole: clap leaves escape sequences out of it, and below it would be
    // taken for lines and brackets of clap's own.
    const HOLE: &str = "\u{fffc}";
    let foreign = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => ContextKind::InvalidValue,
    };
    let written = match error.get(foreign) {
        Some(ContextValue::String(written)) if !written.is_empty() => Some(written.clone()),
        _ => None,
    };
    if written.is_some() {
        error.insert(foreign, ContextValue::String(HOLE.to_owned()));
    }
    // The tip to put what was written behind a -- repeats it.
    error.remove(ContextKind::Suggested);
    let text = error.render().to_string();
    let about = |line: &str| line.starts_with("Usage:") || line.starts_with("For more information");
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !about(line));
    let said = lines.collect::<Vec<_>>().join("; ");
    // Value names come as <NAME>; the brackets would be escaped, as everything foreign is.
    let said = said
        .strip_prefix("error: ")
        .unwrap_or(&said)
        .replace(['<', '>'], "")
        .replace(":;", ":")
        .replace(HOLE, &written.unwrap_or_default());
    let said = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "expected a command",
        _ => said.as_str(),
    };
    Err(Failure::usage(format!("{said}; see jwp --help")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T104: whatever was found before, and whatever is panicked with.
    #[test]
    fn a_panic_is_undecided() {
        assert_eq!(guarded(|| panic!("a defect")), 3);
        assert_eq!(guarded(|| panic::resume_unwind(Box::new(0_u8))), 3);
        assert_eq!([0, 1, 2, 3].map(|code| guarded(move || code)), [0, 1, 2, 3]);
    }

    /// T104: a panic can be caught only where it unwinds, and keys are erased only then.
    #[test]
    fn panics_unwind() {
        let manifest = include_str!("../../Cargo.toml");
        assert!(!manifest.contains("panic = \"abort\""));
    }
}

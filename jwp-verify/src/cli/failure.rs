//! Why the command stopped: one form on stderr, one exit code.
//!
//! ```text
//! error[Code]: got what was found, expected what was expected, in where
//! ```

use core::{fmt, time::Duration};
use std::{
    io,
    path::{Path, PathBuf},
};

use jwp_core::{Digest, chain::ReadError};
use jwp_delivery::import::ImportError;
use jwp_verify::{
    code::{self, Class, Code},
    finding::Finding,
    report::Report,
    trust::TrustError,
};

use super::secret;
use serde_json::json;

/// The result of everything that the command does.
pub(crate) type Result<T, E = Failure> = core::result::Result<T, E>;

/// What is wrong, and in which file or argument.
#[derive(Debug)]
pub(crate) struct Failure {
    problem: Problem,
    place: Option<PathBuf>,
}

/// What is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// The arguments do not make a command.
    #[error("{0}")]
    Usage(String),
    /// What the operating system says.
    #[error("cannot {doing} the file: {source}")]
    Io {
        /// `open`, `read`, `write`, …
        doing: &'static str,
        /// The operating system's error.
        source: io::Error,
    },
    /// Output that nobody took: a full disk, a closed pipe.
    #[error("cannot write the output: {error}{}", stands(done.as_deref()))]
    Output {
        /// The operating system's error.
        error: io::Error,
        /// What was done all the same.
        done: Option<String>,
    },
    /// A directory, FIFO, device, socket, or, where it would be written, a symbolic link.
    #[error("got {found}, expected a regular file")]
    NotRegularFile {
        /// What is there.
        found: &'static str,
    },
    /// A file beyond its limit.
    #[error("got more than {limit} bytes, expected at most that many")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A name that is taken where a new file goes.
    #[error("got a file that is there already, expected a new name")]
    Exists,
    /// The operating system gave no random bytes.
    #[error("got no random bytes from the operating system")]
    Random,
    /// Another process has the file, and did not let go of it.
    #[error(
        "got a file that another process has locked, expected it to be free within {} seconds",
        waited.as_secs()
    )]
    Locked {
        /// How long it was waited for.
        waited: Duration,
    },
    /// Another process changed the file in between.
    #[error(
        "got other bytes than were read a moment ago, expected nobody else to write; nothing was changed"
    )]
    Changed,
    /// Another process appended to the chain, or began it, in between.
    #[error(
        "got another head than was verified a moment ago, expected nobody else to append; nothing was appended"
    )]
    HeadMoved,
    /// Another image than the caller named.
    #[error("got {found} as the image of the chain, expected {expected}")]
    OtherImage {
        /// The chain's.
        found: Digest,
        /// The caller's.
        expected: Digest,
    },
    /// A way back that leads to another service or environment.
    #[error(
        "got the chain of another service or environment, expected an earlier release of this one"
    )]
    OtherService,
    /// Something that this program's own parts rule out.
    #[error("a defect of jwp; nothing was decided")]
    Defect,
    /// A trust file beyond its limit.
    #[error("got more than {limit} bytes, expected a trust file of at most that many")]
    TrustTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A trust file that is no text.
    #[error("got bytes that are not UTF-8, expected a trust file in TOML")]
    TrustText,
    /// A salt that is no text.
    #[error("got bytes that are not UTF-8, expected a salt in UTF-8")]
    SaltText,
    /// A file without a salt, under which everybody could guess the users.
    #[error("got an empty file, expected a salt of at least one character")]
    SaltEmpty,
    /// Bytes, keys and chains.
    #[error(transparent)]
    Core(#[from] jwp_core::Error),
    /// Outputs of tools.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Trust files.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// What a verifier would find.
    #[error("{}", said(.0))]
    Finding(Box<Finding>),
}

/// Who does not see that a receipt was appended would append it again.
fn stands(done: Option<&str>) -> String {
    done.map_or_else(String::new, |done| format!("; {done} all the same"))
}

/// `got …, expected …, at seq 4, at byte 1234`: the finding without its code, which stands in front.
pub(crate) fn said(finding: &Finding) -> String {
    let mut text = match finding.expected.as_str() {
        "" => finding.found.clone(),
        expected => format!("got {}, expected {expected}", finding.found),
    };
    if let Some(seq) = finding.seq {
        text.push_str(&format!(" at seq {seq}"));
    }
    if let Some(offset) = finding.offset {
        text.push_str(&format!(" at byte {offset}"));
    }
    text
}

impl Problem {
    /// An error of the operating system while `doing`.
    pub(crate) const fn io(doing: &'static str, source: io::Error) -> Self {
        Self::Io { doing, source }
    }

    fn code(&self) -> &'static str {
        let own = match self {
            Self::Core(error) => return error.code(),
            Self::Import(error) => return error.code(),
            Self::Trust(error) => return error.code(),
            Self::Finding(finding) => return finding.code,
            Self::Usage(_) => Code::CliUsage,
            Self::Io { .. }
            | Self::Output { .. }
            | Self::TooLarge { .. }
            | Self::Exists
            | Self::Locked { .. }
            | Self::Random
            | Self::Changed => Code::CliIo,
            Self::NotRegularFile { .. } => Code::CliNotRegularFile,
            Self::HeadMoved => Code::ChainHeadMoved,
            Self::OtherImage { .. } => Code::PolicyDigestMismatch,
            Self::OtherService => Code::PolicyReleaseMismatch,
            Self::Defect => Code::CliPanic,
            Self::TrustText | Self::TrustTooLarge { .. } => Code::TrustStore,
            Self::SaltText | Self::SaltEmpty => Code::ImportValue,
        };
        own.name()
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Receipt(error) => Self::Core(error),
            ReadError::Io { source, .. } => Self::io("read", source),
            _ => Self::io("read", io::ErrorKind::Other.into()),
        }
    }
}

impl Failure {
    /// A problem in a file.
    pub(crate) fn at<P: Into<Problem>>(problem: P, path: &Path) -> Self {
        Self {
            problem: problem.into(),
            place: Some(path.to_owned()),
        }
    }

    /// What decided against a chain that was verified in order to do something with it.
    pub(crate) fn of_report(report: &Report, path: &Path) -> Self {
        match report.deciding() {
            Some(finding) => Self::at(Problem::Finding(Box::new(finding.clone())), path),
            None => Self::at(Problem::Defect, path),
        }
    }

    /// Arguments that do not make a command.
    pub(crate) fn usage(expected: impl Into<String>) -> Self {
        Problem::Usage(expected.into()).into()
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// What is wrong, and where: never the text of a private key.
    pub(crate) fn message(&self) -> String {
        let problem = &self.problem;
        let text = match &self.place {
            Some(path) => format!("{problem}, in {}", path.display()),
            None => problem.to_string(),
        };
        if secret::is_in(&text) {
            secret::INSTEAD.to_owned()
        } else {
            text
        }
    }

    /// The same for programs: code, exit code and message.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        json!({ "code": self.code(), "exit_code": self.exit(), "message": self.message() })
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> u8 {
        // A later jwp-core may give a code that this table does not have: nothing is decided.
        let class = code::find(self.code()).map_or(Class::Undecided, Code::class);
        class.exit_code()
    }

    /// The same in another file: that of the caller, who knows nothing of a temporary one.
    pub(crate) fn instead_in(self, path: &Path) -> Self {
        Self {
            place: Some(path.to_owned()),
            ..self
        }
    }

    /// The same of a trust file, where it is too long.
    pub(crate) fn of_trust(self) -> Self {
        match self.problem {
            Problem::TooLarge { limit } => Self {
                problem: Problem::TrustTooLarge { limit },
                ..self
            },
            _ => self,
        }
    }

    /// The same in a file, where it has no place yet.
    pub(crate) fn or_in(self, path: &Path) -> Self {
        Self {
            place: self.place.or_else(|| Some(path.to_owned())),
            ..self
        }
    }
}

impl<P: Into<Problem>> From<P> for Failure {
    fn from(problem: P) -> Self {
        Self {
            problem: problem.into(),
            place: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code(), self.message())
    }
}

//! `jwp explain`: what a code means.

use jwp_verify::code::{self, Class};

use super::{
    Output,
    failure::{Failure, Result},
};

/// Arguments of `jwp explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Explain {
    /// A code or rule as errors and findings print it, such as Chain.Missing or R03
    #[arg(value_name = "CODE")]
    code: String,
}

impl Explain {
    pub(crate) fn run(&self, out: &mut Output) -> Result<()> {
        if let Some(code) = code::find(&self.code) {
            let class = match code.class() {
                Class::Refused => "refused",
                Class::Undecided => "undecided",
                _ => "usage",
            };
            let given = if code.is_given() {
                ""
            } else {
                ", not given by this version"
            };
            out.line(format_args!(
                "{}: {class}, exit {}{given}",
                code.name(),
                code.class().exit_code()
            ));
            out.line(format_args!("{}", code.meaning()));
        } else if let Some(rule) = code::find_rule(&self.code) {
            let checked = if rule.is_checked() {
                "checked"
            } else {
                "not checked by this version"
            };
            out.line(format_args!("{}: {checked}", rule.id()));
            out.line(format_args!("{}", rule.meaning()));
        } else {
            let found = &self.code;
            return Err(Failure::usage(format!(
                "got {found}, expected a code such as Chain.Missing or R03"
            )));
        }
        Ok(())
    }
}

//! The trust file.

use core::fmt::Write as _;

use jiff::civil::DateTime;
use jwp_core::{Identifier, Timestamp, VerifyingKey, link::KeyId};
use serde::Deserialize;
use toml::value::{Datetime, Offset};

use super::{KindPattern, NamePattern, Revocation, RevocationReason, TrustError, TrustedKey};
use crate::calendar;

/// Longest trust file in bytes: some thousands of keys.
pub const MAX_TRUST_FILE: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    issuer: String,
    public_key: String,
    kid: Option<String>,
    kinds: Vec<String>,
    environments: Vec<String>,
    releases: Option<Vec<String>>,
    not_before: Option<Datetime>,
    not_after: Option<Datetime>,
    revoked: Option<Revoked>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoked {
    at: Datetime,
    reason: RevocationReason,
}

/// The entries in their order; each is read when it is asked for, so that the first wrong one is named.
pub(super) fn read(
    text: &str,
) -> Result<impl Iterator<Item = Result<TrustedKey, TrustError>>, TrustError> {
    if text.len() > MAX_TRUST_FILE {
        return Err(TrustError::TooLarge { found: text.len() });
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or(text);
        let line = before.matches('\n').count().saturating_add(1);
        TrustError::Syntax {
            line,
            message: error.message().into(),
        }
    })?;
    let entries = file.key.into_iter().enumerate();
    Ok(entries.map(|(index, entry)| entry.check(index.saturating_add(1))))
}

impl Entry {
    fn check(self, index: usize) -> Result<TrustedKey, TrustError> {
        let wrong = |field, expected| TrustError::Field {
            index,
            field,
            expected,
        };
        let key = VerifyingKey::from_pem(&self.public_key)
            .map_err(|source| TrustError::Key { index, source })?;
        if let Some(kid) = &self.kid
            && kid.parse::<KeyId>() != Ok(key.id())
        {
            return Err(wrong("kid", "the thumbprint of public_key"));
        }
        let issuer =
            Identifier::parse(&self.issuer).map_err(|_| wrong("issuer", "an identifier"))?;
        let kinds = self.kinds.iter().map(|text| KindPattern::parse(text));
        let kinds: Vec<_> = kinds
            .collect::<Result<_, _>>()
            .map_err(|error| wrong("kinds", error.expected))?;
        let names = |field, list: &[String]| {
            let names = list.iter().map(|text| NamePattern::parse(text));
            names
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| wrong(field, error.expected))
        };
        let environments = names("environments", &self.environments)?;
        let mut trusted = TrustedKey::new(key, issuer, kinds, environments);
        if let Some(releases) = &self.releases {
            trusted.releases = Some(names("releases", releases)?);
        }
        let time = |field, time: Option<Datetime>| {
            let read = |time| seconds(&time).ok_or_else(|| wrong(field, TIME_FORM));
            time.map(read).transpose()
        };
        trusted.not_before = time("not_before", self.not_before)?;
        trusted.not_after = time("not_after", self.not_after)?;
        if let Some(revoked) = self.revoked {
            let at = seconds(&revoked.at).ok_or_else(|| wrong("revoked.at", TIME_FORM))?;
            trusted.revocation = Some(Revocation::new(at, revoked.reason));
        }
        Ok(trusted)
    }
}

const TIME_FORM: &str = "a time with offset and whole seconds, such as 2026-05-07T12:00:00Z";

/// Whole seconds; local times, fractions and leap seconds are refused.
fn seconds(time: &Datetime) -> Option<Timestamp> {
    let (date, clock) = (time.date?, time.time?);
    let offset_min = match time.offset? {
        Offset::Z => 0,
        Offset::Custom { minutes } => minutes,
    };
    if clock.nanosecond.unwrap_or(0) != 0 {
        return None;
    }
    let small = |n: u8| i8::try_from(n).ok();
    let (month, day) = (small(date.month)?, small(date.day)?);
    let (hour, minute, second) = (
        small(clock.hour)?,
        small(clock.minute)?,
        small(clock.second?)?,
    );
    let year = i16::try_from(date.year).ok()?;
    let civil = DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    calendar::parse(civil, offset_min)
}

pub(super) fn write(keys: Vec<&TrustedKey>) -> String {
    let mut out = String::new();
    for key in keys {
        if !out.is_empty() {
            out.push('\n');
        }
        // Writing to a String cannot fail.
        let _ = write_key(key, &mut out);
    }
    out
}

/// Names and patterns have grammars without quotes, backslashes or controls; a PEM has none either.
fn write_key(key: &TrustedKey, out: &mut String) -> core::fmt::Result {
    writeln!(out, "[[key]]")?;
    writeln!(out, "issuer = \"{}\"", key.issuer)?;
    writeln!(out, "kid = \"{}\"", key.kid())?;
    writeln!(out, "public_key = \"\"\"\n{}\"\"\"", key.key.to_pem())?;
    writeln!(out, "kinds = {}", list(&key.kinds))?;
    writeln!(out, "environments = {}", list(&key.environments))?;
    if let Some(releases) = &key.releases {
        writeln!(out, "releases = {}", list(releases))?;
    }
    for (field, time) in [("not_before", key.not_before), ("not_after", key.not_after)] {
        if let Some(time) = time {
            writeln!(out, "{field} = {time}")?;
        }
    }
    if let Some(Revocation { at, reason }) = key.revocation {
        writeln!(
            out,
            "[key.revoked]\nat = {at}\nreason = \"{}\"",
            reason.name()
        )?;
    }
    Ok(())
}

fn list(patterns: &[impl ToString]) -> String {
    let quoted: Vec<_> = patterns
        .iter()
        .map(|p| format!("\"{}\"", p.to_string()))
        .collect();
    format!("[{}]", quoted.join(", "))
}

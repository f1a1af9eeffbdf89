//! The report as text for people and CI logs.

use core::fmt::Write as _;

use jwp_delivery::kind::release::Outcome as ReleaseOutcome;

use super::{Asked, Facts, NotChecked, Outcome, Report};
use crate::{code::Class, policy::Stage, tally::by_source};

/// The whole report; its last line is the verdict.
///
/// Every line begins with a word of ours, and everything that comes from a receipt has gone through
/// [`escape`].
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = basis(report, &mut out);
    let _ = facts(&report.facts, &mut out);
    let _ = findings(report, &mut out);
    let _ = not_checked(&report.not_checked, &mut out);
    out.push_str(&verdict(report));
    out.push('\n');
    out
}

impl Report {
    /// One line that begins with `PASSED`, `FAILED` or `UNDECIDED`, safe to print anywhere.
    #[must_use]
    pub fn verdict(&self) -> String {
        verdict(self)
    }
}

/// The verdict: one line, safe to print anywhere.
///
/// ```text
/// PASSED: jouledb@v2026.05.07 to prod, image sha256:…, stage release, 9 receipts, 5.46 J (declared), sealed at seq 8, head …
/// PASSED (open at seq 4, head …): jouledb@v2026.05.07 to prod, image sha256:…, stage promote, 5 receipts, 2.59 J (declared)
/// FAILED: Chain.Missing (R13) at seq 5 at byte 2210: got seq 5, and seq 4 nowhere, expected seq 4 behind …
/// UNDECIDED: Trust.UnknownKey at seq 0 at byte 0: got kid …, expected a key of the trust store
/// ```
#[must_use]
pub fn verdict(report: &Report) -> String {
    let word = report.outcome.word();
    if report.outcome == Outcome::Verified {
        return passed(report);
    }
    let Some(deciding) = report.deciding() else {
        return format!("{word}: nothing was verified");
    };
    let others = u64::try_from(report.findings.len().saturating_sub(1)).unwrap_or(u64::MAX);
    let others = others.saturating_add(report.more_findings);
    let tail = match others {
        0 => String::new(),
        1 => "; 1 other finding".to_owned(),
        others => format!("; {others} other findings"),
    };
    format!("{word}: {}{tail}", escape(&deciding.to_string()))
}

fn passed(report: &Report) -> String {
    let facts = &report.facts;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    let head = facts.head.map(|head| (head.seq, head.link.to_string()));
    let (seq, head) = head.unwrap_or_default();
    let mut line = match facts.seal {
        None => format!("PASSED (open at seq {seq}, head {head}): "),
        Some(_) => "PASSED: ".to_owned(),
    };
    line.push_str(&or_none(facts.sub.as_ref().map(ToString::to_string)));
    line.push_str(" to ");
    line.push_str(&or_none(facts.aud.as_ref().map(ToString::to_string)));
    line.push_str(", image ");
    line.push_str(&or_none(facts.image.map(|image| image.to_string())));
    line.push_str(", stage ");
    line.push_str(report.asked.stage.name());
    if report.asked.stage == Stage::None {
        line.push_str(" (no kind and no seal required)");
    }
    line.push_str(&format!(
        ", {}, {}",
        receipts(facts.receipts),
        joules(facts)
    ));
    if let Some(seal) = facts.seal {
        let outcome = match seal.outcome {
            ReleaseOutcome::Released => String::new(),
            other => format!(" as {}", other.name()),
        };
        line.push_str(&format!(
            ", sealed{outcome} at seq {}, head {head}",
            seal.seq
        ));
    }
    if let Some(after) = facts.after {
        line.push_str(&format!(", after {after}"));
    }
    line.push_str(&also_asked(&report.asked));
    if !report.asked.waived.is_empty() {
        line.push_str(&format!("; waived: {}", report.asked.waived.join(", ")));
    }
    // Unknown kinds stand in a chain that passed only where they were allowed.
    if let Some(kinds) = report.not_checked.iter().find(|entry| entry.what == "kind") {
        line.push_str(&format!(
            "; not checked: {} of an unknown kind",
            receipts(kinds.count)
        ));
    }
    escape(&line)
}

/// What was asked beyond the stage, and holds.
fn also_asked(asked: &Asked) -> String {
    let mut text = String::new();
    if asked.head.is_some() {
        text.push_str("; the head that was expected");
    }
    if let Some(remembered) = asked.remembered_head {
        text.push_str(&format!("; seq {} as seen before", remembered.seq));
    }
    if let Some(seconds) = asked.max_age_s {
        text.push_str(&format!("; at most {seconds} s old"));
    }
    if asked.proven_time {
        text.push_str("; no key has ended");
    }
    text
}

fn receipts(count: u64) -> String {
    if count == 1 {
        "1 receipt".to_owned()
    } else {
        format!("{count} receipts")
    }
}

/// `5.46 J (declared)`; each source by itself where there are several.
fn joules(facts: &Facts) -> String {
    let sources: Vec<_> = facts.joules.by_source().collect();
    let mut text = match (facts.joules.total(), sources.as_slice()) {
        (None, _) | (_, []) => "no joules".to_owned(),
        (Some(total), [(source, _)]) => format!("{total} J ({})", source.name()),
        (Some(total), _) => format!("{total} J ({})", by_source(&facts.joules)),
    };
    if facts.unmetered > 0 {
        text.push_str(&format!(", {} unmetered", facts.unmetered));
    }
    text
}

fn basis(report: &Report, out: &mut String) -> core::fmt::Result {
    let basis = &report.basis;
    let unread = || "not read to its end".to_owned();
    let chain = basis.chain.map_or_else(unread, |chain| chain.to_string());
    writeln!(out, "verifier  jwp {}", basis.version)?;
    writeln!(out, "now       {} ({})", basis.now, basis.now.as_secs())?;
    writeln!(out, "chain     {chain}")?;
    writeln!(out, "trust     {}", basis.trust)
}

fn facts(facts: &Facts, out: &mut String) -> core::fmt::Result {
    if let (Some(sub), Some(aud)) = (&facts.sub, &facts.aud) {
        writeln!(out, "release   {sub} to {aud}")?;
    }
    if let Some(run) = facts.run {
        writeln!(out, "run       {run}")?;
    }
    if let Some(after) = facts.after {
        writeln!(out, "after     {after}")?;
    }
    if let Some(image) = facts.image {
        writeln!(out, "image     {image}")?;
    }
    writeln!(out, "receipts  {}", facts.receipts)?;
    if let Some(head) = facts.head {
        writeln!(
            out,
            "head      {} at seq {}, signed {} by its own word",
            head.link, head.seq, head.iat
        )?;
    }
    if let Some(seal) = facts.seal {
        writeln!(out, "seal      seq {}, {}", seal.seq, seal.outcome.name())?;
    }
    writeln!(out, "joules    {}", joules(facts))?;
    for (kind, count) in &facts.kinds {
        writeln!(out, "kind      {kind} {count}")?;
    }
    for (family, count) in &facts.superseded {
        writeln!(out, "attempts  {count} of {family} superseded")?;
    }
    Ok(())
}

fn findings(report: &Report, out: &mut String) -> core::fmt::Result {
    for finding in &report.findings {
        let class = match finding.class() {
            Class::Undecided => "undecided",
            Class::Refused | Class::Usage => "refused",
        };
        writeln!(out, "{class:<9} {}", escape(&finding.to_string()))?;
    }
    if report.more_findings > 0 {
        writeln!(
            out,
            "more      {} findings that are only counted",
            report.more_findings
        )?;
    }
    Ok(())
}

fn not_checked(list: &[NotChecked], out: &mut String) -> core::fmt::Result {
    for entry in list {
        write!(out, "unchecked {}: {}", entry.what, escape(&entry.detail))?;
        let seqs: Vec<_> = entry.seqs.iter().map(ToString::to_string).collect();
        let listed = u64::try_from(seqs.len()).unwrap_or(u64::MAX);
        if !seqs.is_empty() {
            write!(out, ", seq {}", seqs.join(" "))?;
            if entry.count > listed {
                write!(out, " and {} more", entry.count.saturating_sub(listed))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Makes foreign text harmless on a terminal, in a CI log and in Markdown or HTML.
///
/// Controls, line breaks of every kind, invisible and bidi characters, the backslash, and the
/// characters that open markup (`<`, `&`, a backtick) become `\u{…}`. So do the second `#` and the
/// second `:` in a row, which begin the workflow commands of CI systems (`##[…]`, `::set-output`), and
/// the bracket between the halves of a Markdown link.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        let doubled = before == Some(c) && matches!(c, '#' | ':');
        let link = before == Some(']') && matches!(c, '(' | '[');
        if doubled || link || is_dangerous(c) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            out.push(c);
        }
        before = Some(c);
    }
    out
}

fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '<' | '&' | '`' | '\\')
        || matches!(c,
            // Invisible, or changing what the rest of the line looks like.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_dangerous_comes_through() {
        for (text, expected) in [
            ("plain text, α β → ok", "plain text, α β → ok"),
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\r\nb", "a\\u{d}\\u{a}b"),
            (
                "::set-output name=x::y",
                ":\\u{3a}set-output name=x:\\u{3a}y",
            ),
            ("x ##[error]", "x #\\u{23}[error]"),
            ("<img src=x>", "\\u{3c}img src=x>"),
            ("[a](http://b)", "[a]\\u{28}http://b)"),
            ("\u{202e}abc\u{200b}\u{9b}", "\\u{202e}abc\\u{200b}\\u{9b}"),
            ("\\u{1b}", "\\u{5c}u{1b}"),
            ("sha256:ab", "sha256:ab"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }
}

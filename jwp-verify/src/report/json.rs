//! The report as JSON for programs.

use serde::Serialize;

use super::Report;

/// Version of the JSON form. It changes where a member changes its meaning or goes away.
pub const VERSION: u64 = 1;

#[derive(Serialize)]
struct Document<'r> {
    v: u64,
    verdict: String,
    exit_code: u8,
    #[serde(flatten)]
    report: &'r Report,
}

/// The report as one line of JSON, a line feed at its end.
///
/// Numbers are integers; energy, digests and links are text. The line is [escaped](escape).
#[must_use]
pub fn render(report: &Report) -> String {
    let document = Document {
        v: VERSION,
        verdict: report.verdict(),
        exit_code: report.exit_code(),
        report,
    };
    // Plain data with text keys: there is nothing in it that JSON cannot hold.
    let json = serde_json::to_string(&document).unwrap_or_default();
    let mut out = escape(&json);
    out.push('\n');
    out
}

/// JSON text in printable ASCII, without what markup and CI workflow commands are made of: it is safe in a log and on
/// a terminal, and reads back as the same values.
#[must_use]
pub fn escape(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        // Outside of strings JSON has none of these characters, so a string escape is right for each.
        if matches!(c, ' '..='~') && !matches!(c, '<' | '>' | '&' | '#' | '`') {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

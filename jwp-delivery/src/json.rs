//! The one strict JSON reader: what it lets through means the same to every reader.
//!
//! RFC 8259, narrowed as I-JSON (RFC 7493) is: UTF-8 without a byte order mark, no duplicate member
//! names, no lone surrogates, nothing behind the value; and nesting of at most [`MAX_DEPTH`].
//! Comments, `NaN` and `Infinity` are no JSON. Numbers reach a claim as [`Number`], exact, and never
//! through a float.
//!
//! ```
//! use jwp_delivery::json;
//! let n: json::Number = json::from_slice(b"9007199254740993")?;
//! assert_eq!(n.to_u64(), Some(9_007_199_254_740_993));
//! assert_eq!(json::from_slice::<json::Number>(b"1 2").unwrap_err().column(), 3);
//! # Ok::<(), json::JsonError>(())
//! ```

mod shape;

use std::{borrow::Cow, collections::HashSet};

use jwp_core::Decimal;
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// Most arrays and objects open at once. The deepest report of a supported tool needs 20.
pub const MAX_DEPTH: usize = 64;

/// Where a text stops being strict JSON, or not what the reader's type takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at line {line}, column {column}")]
pub struct JsonError {
    problem: String,
    missing: bool,
    syntax: bool,
    line: usize,
    column: usize,
}

impl JsonError {
    /// What is wrong.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Line, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// Column in bytes, from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// Whether the text is no strict JSON at all, in contrast to JSON of another shape.
    #[must_use]
    pub const fn is_syntax(&self) -> bool {
        self.syntax
    }

    /// Whether a member that the reader relies on is missing.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        self.missing
    }
}

/// What opens an object or an array, or stands between two of their members, outside of strings: at least half as many
/// as there are values.
pub(crate) fn nodes(bytes: &[u8]) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    let is_node = |byte: &&u8| {
        let counts = !quoted && matches!(byte, b'{' | b'[' | b',');
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
        counts
    };
    bytes.iter().filter(is_node).count()
}

/// Reads one strict JSON text that fills `bytes`.
///
/// # Errors
/// [`JsonError`], with line and column.
pub fn from_slice<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, JsonError> {
    let text = check(bytes)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    T::deserialize(shape::Shape::new(&mut reader)).map_err(|error| {
        let message = error.to_string();
        // serde_json ends its messages with the place, which stands in fields of its own here.
        let problem = message
            .split(" at line ")
            .next()
            .unwrap_or_default()
            .to_owned();
        JsonError {
            missing: problem.starts_with("missing field"),
            syntax: false,
            problem,
            line: error.line(),
            column: error.column(),
        }
    })
}

/// Checks that `bytes` are one strict JSON text, and gives it.
///
/// # Errors
/// [`JsonError`], with line and column.
pub fn check(bytes: &[u8]) -> Result<&str, JsonError> {
    let text = core::str::from_utf8(bytes)
        .map_err(|error| refuse(bytes, error.valid_up_to(), "bytes that are not UTF-8"))?;
    let mut scanner = Scanner {
        text,
        bytes,
        at: 0,
        open: Vec::new(),
    };
    scanner
        .run()
        .map_err(|problem| refuse(bytes, scanner.at, problem))?;
    Ok(text)
}

#[cold]
fn refuse(bytes: &[u8], at: usize, problem: &str) -> JsonError {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = before.iter().filter(|b| **b == b'\n').count();
    let begin = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |n| n.saturating_add(1));
    JsonError {
        problem: problem.to_owned(),
        missing: false,
        syntax: true,
        line: line.saturating_add(1),
        column: before.len().saturating_sub(begin).saturating_add(1),
    }
}

/// What is open: an array, or an object with the names that it has.
enum Open<'a> {
    Array,
    Object(HashSet<Cow<'a, str>>),
}

/// One pass over the text, without recursion.
struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open<'a>>,
}

impl<'a> Scanner<'a> {
    fn run(&mut self) -> Result<(), &'static str> {
        if self.bytes.starts_with("\u{feff}".as_bytes()) {
            return Err("a byte order mark");
        }
        // After the opening of an object or a comma in it a name comes first.
        let mut value_next = true;
        loop {
            self.space();
            if value_next {
                value_next = !self.value()?;
            } else if self.open.is_empty() {
                return if self.at == self.bytes.len() {
                    Ok(())
                } else {
                    Err("text behind the value")
                };
            } else {
                value_next = self.after_value()?;
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    /// RFC 8259 §2.
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.step();
        }
    }

    /// Reads a scalar, or opens a container; `true` where the value is complete.
    fn value(&mut self) -> Result<bool, &'static str> {
        match self.peek() {
            Some(b'{') => {
                self.push(Open::Object(HashSet::new()))?;
                self.space();
                if self.peek() == Some(b'}') {
                    self.step();
                    self.open.pop();
                    return Ok(true);
                }
                self.name()?;
                Ok(false)
            }
            Some(b'[') => {
                self.push(Open::Array)?;
                self.space();
                if self.peek() == Some(b']') {
                    self.step();
                    self.open.pop();
                    return Ok(true);
                }
                Ok(false)
            }
            Some(b'"') => self.string().map(|_| true),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| true),
            Some(b't') => self.word("true"),
            Some(b'f') => self.word("false"),
            Some(b'n') => self.word("null"),
            Some(_) => Err("a character that begins no value"),
            None => Err("the end of the text where a value is due"),
        }
    }

    /// Reads what stands behind a value in a container; `true` where another value follows.
    fn after_value(&mut self) -> Result<bool, &'static str> {
        let object = matches!(self.open.last(), Some(Open::Object(_)));
        match (self.peek(), object) {
            (Some(b','), true) => {
                self.step();
                self.space();
                self.name()?;
                Ok(true)
            }
            (Some(b','), false) => {
                self.step();
                Ok(true)
            }
            (Some(b'}'), true) | (Some(b']'), false) => {
                self.step();
                self.open.pop();
                Ok(false)
            }
            (None, _) => Err("the end of the text inside an array or object"),
            _ => Err("a character where a comma or an end is due"),
        }
    }

    fn push(&mut self, open: Open<'a>) -> Result<(), &'static str> {
        if self.open.len() >= MAX_DEPTH {
            return Err("nesting deeper than 64");
        }
        self.step();
        self.open.push(open);
        Ok(())
    }

    /// A member's name and the colon behind it.
    fn name(&mut self) -> Result<(), &'static str> {
        if self.peek() != Some(b'"') {
            return Err("a character where a member's name is due");
        }
        let start = self.at;
        let name = self.string()?;
        if let Some(Open::Object(names)) = self.open.last_mut()
            && !names.insert(name)
        {
            self.at = start;
            return Err("a member's name for the second time");
        }
        self.space();
        if self.peek() != Some(b':') {
            return Err("a character where a colon is due");
        }
        self.step();
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<bool, &'static str> {
        let end = self.at.saturating_add(word.len());
        if self.bytes.get(self.at..end) != Some(word.as_bytes()) {
            return Err("a word other than true, false and null");
        }
        self.at = end;
        Ok(true)
    }

    /// RFC 8259 §6.
    fn number(&mut self) -> Result<(), &'static str> {
        let wrong = "a number of another form";
        if self.peek() == Some(b'-') {
            self.step();
        }
        match self.peek() {
            Some(b'0') => self.step(),
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(wrong),
        }
        if self.peek() == Some(b'.') {
            self.step();
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(wrong);
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.step();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.step();
            }
            if !matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(wrong);
            }
            self.digits();
        }
        if matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
        ) {
            return Err(wrong);
        }
        Ok(())
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.step();
        }
    }

    /// RFC 8259 §7; gives the text with its escapes resolved.
    fn string(&mut self) -> Result<Cow<'a, str>, &'static str> {
        self.step();
        let (start, mut escaped) = (self.at, None::<String>);
        let mut copied = start;
        loop {
            match self.peek() {
                None => return Err("the end of the text inside a string"),
                Some(b'"') => break,
                Some(0..=0x1f) => return Err("a control character inside a string"),
                Some(b'\\') => {
                    let plain = self.text.get(copied..self.at).unwrap_or_default();
                    let text = escaped.get_or_insert_default();
                    text.push_str(plain);
                    self.step();
                    let c = self.escape()?;
                    text.push(c);
                    copied = self.at;
                }
                Some(_) => self.step(),
            }
        }
        let rest = self.text.get(copied..self.at).unwrap_or_default();
        self.step();
        Ok(match escaped {
            None => Cow::Borrowed(rest),
            Some(mut text) => {
                text.push_str(rest);
                Cow::Owned(text)
            }
        })
    }

    fn escape(&mut self) -> Result<char, &'static str> {
        let escape = self.peek();
        self.step();
        Ok(match escape {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err("an escape that JSON does not have"),
        })
    }

    /// `\uXXXX`, and the second half of a surrogate pair.
    fn unicode(&mut self) -> Result<char, &'static str> {
        let lone = "a lone surrogate";
        let first = self.hex4()?;
        if !(0xd800..=0xdbff).contains(&first) {
            return char::from_u32(first).ok_or(lone);
        }
        if self.bytes.get(self.at..self.at.saturating_add(2)) != Some(b"\\u") {
            return Err(lone);
        }
        self.at = self.at.saturating_add(2);
        let second = self.hex4()?;
        if !(0xdc00..=0xdfff).contains(&second) {
            return Err(lone);
        }
        // RFC 2781 §2.2: ten bits of each half, above the basic plane.
        let code = ((first & 0x3ff) << 10 | (second & 0x3ff)).saturating_add(0x1_0000);
        char::from_u32(code).ok_or(lone)
    }

    fn hex4(&mut self) -> Result<u32, &'static str> {
        let end = self.at.saturating_add(4);
        let digits = self.bytes.get(self.at..end).unwrap_or_default();
        if digits.len() != 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err("an escape without four hexadecimal digits");
        }
        let text = self.text.get(self.at..end).unwrap_or_default();
        self.at = end;
        u32::from_str_radix(text, 16).map_err(|_| "an escape without four hexadecimal digits")
    }
}

/// A JSON number, exact.
///
/// Only [`from_slice`] and other readers of JSON text can make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(Decimal);

impl Number {
    /// The number.
    #[must_use]
    pub const fn to_decimal(self) -> Decimal {
        self.0
    }

    /// The number, where it is whole and fits.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        self.0.to_u64()
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&'de RawValue>::deserialize(deserializer)?;
        raw.get()
            .parse()
            .map(Self)
            .map_err(|_| de::Error::custom("got no exact number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &[u8], problem: &str) {
        let error = check(text).unwrap_err();
        assert_eq!(error.problem(), problem);
        assert!(error.is_syntax());
    }

    #[test]
    fn what_two_readers_could_read_differently_is_refused() {
        refused(b"{\"a\":1,\"a\":2}", "a member's name for the second time");
        refused(
            b"{\"a\":1,\"\\u0061\":2}",
            "a member's name for the second time",
        );
        refused(b"\xef\xbb\xbf{}", "a byte order mark");
        refused(b"{} {}", "text behind the value");
        refused(b"[\"\\ud800\"]", "a lone surrogate");
        refused(b"[\"\\udc00\"]", "a lone surrogate");
        refused(b"[\"\\ud800\\u0041\"]", "a lone surrogate");
        refused(b"[NaN]", "a character that begins no value");
        refused(b"[-Infinity]", "a number of another form");
        refused(b"[1,]", "a character that begins no value");
        refused(b"{\"a\":1,}", "a character where a member's name is due");
        refused(b"[1] // note", "text behind the value");
        refused(b"[01]", "a number of another form");
        refused(b"[1.]", "a number of another form");
        refused(b"[\"\x01\"]", "a control character inside a string");
        refused(b"[\"\xff\"]", "bytes that are not UTF-8");
        refused(b"", "the end of the text where a value is due");
        refused(b"[", "the end of the text where a value is due");
        refused(b"[1", "the end of the text inside an array or object");
        refused(
            &[b"[".repeat(65), b"]".repeat(65)].concat(),
            "nesting deeper than 64",
        );
        refused(&b"[".repeat(1_000_000), "nesting deeper than 64");
    }

    #[test]
    fn strict_texts_pass_and_numbers_stay_exact() {
        for text in [
            "{}",
            "[]",
            " [ 1 , {\"a\" : [ ] , \"b\":null}, -0.5e+3 ] ",
            "\"\\ud83d\\ude00\"",
            "true",
        ] {
            check(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        check(&[b"[".repeat(64), b"]".repeat(64)].concat()).unwrap();
        let text: String = from_slice(b"\"\\ud83d\\ude00\"").unwrap();
        assert_eq!(text, "\u{1f600}");
        let n: Number = from_slice(b"18446744073709551615").unwrap();
        assert_eq!(n.to_u64(), Some(u64::MAX));
        assert!(from_slice::<Number>(b"1e400").is_err());
        assert!(from_slice::<Number>(b"\"1\"").is_err());
    }

    #[test]
    fn places_are_lines_and_columns() {
        let error = check(b"{\n  \"a\": 1,\n  \"a\": 2\n}").unwrap_err();
        assert_eq!((error.line(), error.column()), (3, 3));
        #[derive(Debug, Deserialize)]
        struct Shape {
            #[expect(dead_code, reason = "only its absence matters")]
            version: String,
        }
        let error = from_slice::<Shape>(b"{}").unwrap_err();
        assert!(error.is_missing() && !error.is_syntax());
        // serde alone would take the fields of a struct by position.
        assert!(serde_json::from_slice::<Shape>(b"[\"1.94.0\"]").is_ok());
        let error = from_slice::<Vec<Shape>>(b"[[\"1.94.0\"]]").unwrap_err();
        assert!(!error.is_missing() && !error.is_syntax());
    }
}

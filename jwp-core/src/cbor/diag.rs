//! Diagnostic notation (RFC 8949 §8) of deterministic CBOR, for errors, vectors and inspection.

use alloc::string::String;
use core::fmt::Write as _;

use super::{head::Major, reader::Reader};
use crate::{
    digest::Hex,
    error::{Error, ErrorKind, Result},
};

/// Prints one item, on one line. Keys come in the order of the wire.
///
/// ```
/// use jwp_core::{Decimal, cbor};
/// let bytes = cbor::to_vec(&("0.36".parse::<Decimal>()?, "ok", [true]))?;
/// assert_eq!(cbor::diagnose(&bytes)?, r#"[4([-2, 36]), "ok", [true]]"#);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Errors
/// A `Codec.*` error where the input is not one item in deterministic form.
pub fn diagnose(input: &[u8]) -> Result<String> {
    let mut reader = Reader::new(input)?;
    let mut out = String::new();
    item(&mut reader, &mut out)?;
    reader.finish()?;
    Ok(out)
}

pub(crate) fn item(reader: &mut Reader<'_>, out: &mut String) -> Result<()> {
    item_with(reader, false, out)
}

/// An item whose maps may have integer keys: headers.
pub(crate) fn labelled(reader: &mut Reader<'_>, out: &mut String) -> Result<()> {
    item_with(reader, true, out)
}

fn item_with(reader: &mut Reader<'_>, labels: bool, out: &mut String) -> Result<()> {
    let start = reader.offset();
    let head = reader.peek()?;
    match head.major {
        Major::Uint | Major::Nint => put(out, format_args!("{}", reader.int()?)),
        Major::Bool => put(out, format_args!("{}", reader.bool()?)),
        Major::Bstr => put(out, format_args!("h'{}'", Hex(reader.bytes()?))),
        Major::Tstr => text(reader.text()?, out),
        Major::Array => {
            let count = reader.array()?;
            out.push('[');
            for index in 0..count {
                if index > 0 {
                    out.push_str(", ");
                }
                item_with(reader, labels, out)?;
            }
            reader.close();
            out.push(']');
        }
        Major::Map => {
            let mut map = reader.map()?;
            let count = map.remaining();
            out.push('{');
            while map.remaining() > 0 {
                if map.remaining() != count {
                    out.push_str(", ");
                }
                let is_text = matches!(reader.peek()?.major, Major::Tstr);
                if labels && !is_text {
                    let label = map.next_label(reader)?.unwrap_or_default();
                    put(out, format_args!("{label}"));
                } else {
                    text(map.next_text(reader)?.unwrap_or_default(), out);
                }
                out.push_str(": ");
                item_with(reader, labels, out)?;
            }
            reader.close();
            out.push('}');
        }
        Major::Tag if head.argument == 4 => {
            let (mantissa, exponent) = reader.number()?;
            put(out, format_args!("4([{exponent}, {mantissa}])"));
        }
        Major::Tag => {
            return Err(Error::at(
                ErrorKind::TagNotAllowed { tag: head.argument },
                start,
            ));
        }
    }
    Ok(())
}

/// Text as a JSON string (RFC 8949 §8): the codec admits no controls, so two escapes suffice.
pub(crate) fn text(value: &str, out: &mut String) {
    out.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

pub(crate) fn put(out: &mut String, args: core::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(args);
}

//! Evidence as it stands in the bytes.

use super::{list::Element, unknown_key};
use crate::{
    cbor::Reader,
    digest::Digest,
    error::{Error, ErrorKind, Result},
};

/// One piece of evidence as it stands in the bytes. The fields are those of
/// [`Evidence`](crate::Evidence).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is documented on Evidence")]
pub struct EvidenceView<'a> {
    pub role: &'a str,
    pub digest: Digest,
    pub size: u64,
    pub media_type: Option<&'a str>,
    pub tool: Option<&'a str>,
    pub tool_version: Option<&'a str>,
    pub argv_digest: Option<Digest>,
    pub exit_code: Option<i64>,
}

impl<'a> Element<'a> for EvidenceView<'a> {
    fn read(r: &mut Reader<'a>) -> Result<Self> {
        let start = r.offset();
        let (mut role, mut digest, mut size) = (None, None, None);
        let (mut media_type, mut tool, mut tool_version) = (None, None, None);
        let (mut argv_digest, mut exit_code) = (None, None);
        let mut map = r.map()?;
        while let Some(key) = map.next_key(r)? {
            let at = r.offset();
            match key {
                b"role" => role = Some(r.text()?),
                b"size" => size = Some(r.uint()?),
                b"tool" => tool = Some(r.text()?),
                b"digest" => digest = Some(Digest::read(r)?),
                b"exit_code" => {
                    let code = i64::try_from(r.int()?);
                    let kind = ErrorKind::range("an exit code in i64");
                    exit_code = Some(code.map_err(|_| Error::at(kind, at))?);
                }
                b"media_type" => media_type = Some(r.text()?),
                b"argv_digest" => argv_digest = Some(Digest::read(r)?),
                b"tool_version" => tool_version = Some(r.text()?),
                _ => return Err(unknown_key("evidence", at)),
            }
        }
        r.close();
        let missing = |key| Error::at(ErrorKind::missing(key), start);
        Ok(Self {
            role: role.ok_or_else(|| missing("role"))?,
            digest: digest.ok_or_else(|| missing("digest"))?,
            size: size.ok_or_else(|| missing("size"))?,
            media_type,
            tool,
            tool_version,
            argv_digest,
            exit_code,
        })
    }
}

//! What a claim was computed from: digests of raw bytes, never the bytes.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{
    digest::Digest,
    error::{ErrorKind, Result},
};

/// One input of a claim: its role, BLAKE3-256 digest and size, and the tool that wrote it.
///
/// ```cddl
/// evidence = {
///   "role" => tstr,
///   "digest" => digest,
///   "size" => uint,
///   ? "media_type" => tstr,
///   ? "tool" => tstr,
///   ? "tool_version" => tstr,
///   ? "argv_digest" => digest,
///   ? "exit_code" => exit-code,
/// }
/// ```
///
/// **Does not prove** that the bytes still exist, or that the tool was run as its report says.
// In the order of the wire, in which nothing has to be sorted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Evidence {
    /// What the bytes are to the claim (`manifest`, `sast report`).
    pub role: String,
    /// Their number.
    pub size: u64,
    /// The tool that wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Digest of the exact bytes.
    pub digest: Digest,
    /// Exit status of the tool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// Their media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Digest of the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub argv_digest: Option<Digest>,
    /// The version of the tool, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_version: Option<String>,
}

impl Evidence {
    /// Evidence whose digest was computed elsewhere.
    #[must_use]
    pub fn new(role: impl Into<String>, digest: Digest, size: u64) -> Self {
        Self {
            role: role.into(),
            digest,
            size,
            media_type: None,
            tool: None,
            tool_version: None,
            argv_digest: None,
            exit_code: None,
        }
    }

    /// Evidence of `bytes`, hashed with BLAKE3.
    #[must_use]
    pub fn of_bytes(role: impl Into<String>, bytes: &[u8]) -> Self {
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Self::new(role, Digest::blake3(bytes), size)
    }

    /// Evidence of a file: hashed with BLAKE3, memory-mapped and on all cores where that pays.
    ///
    /// # Errors
    /// What the operating system says about opening or reading `path`.
    #[cfg(feature = "std")]
    pub fn of_file(
        role: impl Into<String>,
        path: impl AsRef<std::path::Path>,
    ) -> std::io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_mmap_rayon(path)?;
        let digest = Digest::new(
            crate::digest::DigestAlgorithm::Blake3,
            *hasher.finalize().as_bytes(),
        );
        Ok(Self::new(role, digest, hasher.count()))
    }

    /// Checks that `bytes` are those that were hashed: their number, and their digest under the algorithm that it names.
    ///
    /// # Errors
    /// `Evidence.DigestMismatch`.
    pub fn check_bytes(&self, bytes: &[u8]) -> Result<()> {
        let mismatch = |expected| Err(ErrorKind::DigestMismatch { expected }.into());
        if u64::try_from(bytes.len()) != Ok(self.size) {
            return mismatch("as many bytes");
        }
        if !self.digest.matches(bytes) {
            return mismatch("their digest");
        }
        Ok(())
    }

    /// With the media type of the bytes.
    #[must_use]
    pub fn with_media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// With the tool that wrote the bytes, and its version as it says itself.
    #[must_use]
    pub fn with_tool(mut self, tool: impl Into<String>, version: Option<String>) -> Self {
        self.tool = Some(tool.into());
        self.tool_version = version;
        self
    }

    /// With the digest of the tool's command line.
    #[must_use]
    pub const fn with_argv_digest(mut self, digest: Digest) -> Self {
        self.argv_digest = Some(digest);
        self
    }

    /// With the tool's exit status.
    #[must_use]
    pub const fn with_exit_code(mut self, code: i64) -> Self {
        self.exit_code = Some(code);
        self
    }

    /// `Tool 1.94`: the name, and the first two numbers of the version, as citations print them.
    #[must_use]
    pub fn cited_tool(&self) -> Option<String> {
        let tool = self.tool.as_deref()?;
        let version = self.tool_version.as_deref()?;
        let version = version.strip_prefix('v').unwrap_or(version);
        let line = match version.match_indices('.').nth(1) {
            Some((end, _)) => version.get(..end)?,
            None => version,
        };
        Some(alloc::format!("{tool} {line}"))
    }
}

use crate::{FileSource, Selection};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Content digests (`blake3:<hex>`) of selections: names, bytes, modes, IDs, xattrs and link targets, but not mtime.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DigestRequest {
    pub items: Vec<DigestItem>,
    /// Descriptor 5 is first locked, shared, and stays locked.
    #[serde(default)]
    pub lock: bool,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DigestItem {
    pub source: FileSource,
    pub selection: Selection,
    /// Existing directory in which `<hex of the digest>.manifest` is created: sorted lines `path<TAB>digest`, one per
    /// file, so that two builds can be compared. An existing manifest is kept and its time of use updated.
    pub manifest_directory: Option<PathBuf>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DigestResult {
    pub items: Vec<DigestItemResult>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum DigestItemResult {
    Found {
        digest: String,
        file_count: u64,
        size_bytes: u64,
        /// Of a directory of the host: changes whenever one of the files does, even if it is changed back later.
        #[serde(skip_serializing_if = "Option::is_none")]
        stamp: Option<String>,
    },
    /// Nothing matched: the first path or pattern without a match, and names next to it of about the same length.
    Missing {
        missing: String,
        is_ignored: bool,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        similar: Vec<String>,
    },
}

/// Digests a file while it is being written. The writer announces the current size on standard input, as 8 bytes
/// little-endian each time; the end of the input is the end of the file.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FollowBlobRequest {
    pub path: PathBuf,
    /// From an earlier process that did not reach the end.
    pub from: Option<DigestState>,
}

/// SHA-256 between two blocks. SPEC: FIPS 180-4 section 6.2
#[derive(Serialize, Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DigestState {
    /// A multiple of 64.
    pub position: u64,
    #[cfg_attr(test, schemars(with = "Vec<u32>"))]
    pub words: [u32; 8],
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FollowBlobResult {
    pub digest: String,
    pub size_bytes: u64,
}

/// Writes the data of a connection, descriptor 0, to an existing file. `progress` is the size of the file.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReceiveBytesRequest {
    pub path: PathBuf,
    /// Offset in the file at which the bytes are written.
    pub position: u64,
    pub size_bytes: u64,
    /// A connection that transfers nothing, or almost nothing, for this time is closed.
    pub idle_ms: u32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReceiveBytesResult {
    /// Fewer than requested if the connection ended early.
    pub received_bytes: u64,
}

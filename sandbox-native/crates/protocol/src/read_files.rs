use crate::LayerSource;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Reads chosen files of the merged layers, and sections of the ELF programs in them, into one file. Links are not
/// followed. What cannot be read, or exceeds the limits, is reported and stops nothing.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadFilesRequest {
    pub layers: Vec<LayerSource>,
    /// As in an ignore file; a matching directory selects nothing below it.
    pub patterns: Vec<String>,
    /// Of regular files with an execute bit.
    pub sections: Vec<String>,
    /// Receives the bytes of all, one after the other.
    pub output: PathBuf,
    pub max_file_bytes: u64,
    pub max_total_bytes: u64,
}

#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReadFilesResult {
    /// In the order of the tree.
    pub files: Vec<ReadFile>,
    pub unread: Vec<UnreadFile>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ReadFile {
    pub path: String,
    /// Of a program; absent: the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Of its bytes in the output.
    pub offset: u64,
    pub size_bytes: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnreadFile {
    pub path: String,
    pub reason: String,
}

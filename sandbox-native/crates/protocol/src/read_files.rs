use crate::LayerSource;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Reads selected files of the merged layers, and sections of ELF programs among them, into one file. Links are not
/// followed. Files that cannot be read or exceed the limits are reported and do not stop the request.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadFilesRequest {
    pub layers: Vec<LayerSource>,
    /// As in an ignore file; a matching directory selects nothing below it.
    pub patterns: Vec<String>,
    /// Sections of executable regular files.
    pub sections: Vec<String>,
    /// Receives the contents of all files, concatenated.
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
    /// Section of a program; absent: the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Where its bytes begin in the output.
    pub offset: u64,
    pub size_bytes: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnreadFile {
    pub path: String,
    pub reason: String,
}

use crate::LayerSource;
use serde::{Deserialize, Serialize};

/// Lists the largest files of one layer, as its image has them: with the owners inside.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListFilesRequest {
    pub layer: LayerSource,
    pub max_files: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ListFilesResult {
    /// Largest first, including directories.
    pub files: Vec<ListedFile>,
    /// All files of the layer, without directories.
    pub file_count: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ListedFile {
    /// From the root of the image, with a leading slash.
    pub path: String,
    pub kind: ListedKind,
    pub size_bytes: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Of a symbolic link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

#[derive(Serialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ListedKind {
    File,
    Directory,
    Symlink,
    /// Or a FIFO or socket.
    Device,
    /// Deletes the file of the layers below.
    Whiteout,
}

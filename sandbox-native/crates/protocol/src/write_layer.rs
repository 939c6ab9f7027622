use crate::{FileSource, LayerSource, Selection};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Writes one layer as a tar directly from its sources, without creating a tree.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WriteLayerRequest {
    /// The layers below: destinations, owners by name and existing directories are looked up here.
    pub base: Vec<LayerSource>,
    pub actions: Vec<FileAction>,
    pub tar: PathBuf,
    pub index: PathBuf,
    /// Hash the tar while it is written.
    pub want_diff_id: bool,
    /// Later times are clamped to this one (rewrite-timestamp), in seconds.
    pub max_mtime_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum FileAction {
    Copy(CopyAction),
    Mkdir { path: String, mode: u32, owner: Option<String>, mtime_seconds: Option<i64> },
    Mkfile { path: String, content_base64: String, mode: String, owner: Option<String>, mtime_seconds: Option<i64> },
    Rm { path: String, allow_missing: bool },
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CopyAction {
    pub source: FileSource,
    pub selection: Selection,
    /// Absolute; a trailing slash means a directory.
    pub to: String,
    /// Docker's --chown syntax; absent: 0:0. `keep`: the source's IDs.
    pub owner: Option<String>,
    pub mode: Option<String>,
    /// Copy to an empty root: links of the base are not followed (`--link`).
    #[serde(default)]
    pub link: bool,
    /// Of the selection in a directory of the host, as the verb `digest` returned it.
    pub stamp: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WriteLayerResult {
    /// Present if requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<String>,
    pub size_bytes: u64,
    /// 0 if nothing changed and no layer is needed.
    pub entry_count: u64,
    /// Total size of its files.
    pub content_bytes: u64,
    /// Names such as `.wh.x` are literal names of files, not whiteouts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_whiteout_names: bool,
    /// Files changed since the stamp of the request, or while they were read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_outdated: bool,
}

//! Requests and results of tree work: sandbox-native/driver/protocol.ts is the other side.
use super::resumable_digest::DigestState;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Deserialize, Clone)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LayerSource {
    Tree { path: PathBuf },
    Tar { path: PathBuf, index: PathBuf },
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum FileSource {
    Directory { root: PathBuf, ignore: Vec<String>, stat_cache: Option<PathBuf> },
    Layers { layers: Vec<LayerSource> },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selection {
    pub paths: Vec<String>,
    #[serde(default)]
    pub exclude: Vec<String>,
    #[serde(default)]
    pub parents: bool,
    #[serde(default)]
    pub unpack_archives: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DigestRequest {
    pub items: Vec<DigestItem>,
    #[serde(default)]
    pub lock: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DigestItem {
    pub source: FileSource,
    pub selection: Selection,
    pub manifest_directory: Option<PathBuf>,
}

#[derive(Serialize)]
pub struct DigestResult {
    pub items: Vec<DigestItemResult>,
}

#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum DigestItemResult {
    Found {
        digest: String,
        file_count: u64,
        size_bytes: u64,
    },
    Missing {
        missing: String,
        is_ignored: bool,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        similar: Vec<String>,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteLayerRequest {
    pub base: Vec<LayerSource>,
    pub actions: Vec<FileAction>,
    pub tar: PathBuf,
    pub index: PathBuf,
    pub want_diff_id: bool,
    pub max_mtime_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum FileAction {
    Copy(CopyAction),
    Mkdir { path: String, mode: u32, owner: Option<String>, mtime_seconds: Option<i64> },
    Mkfile { path: String, content_base64: String, mode: String, owner: Option<String>, mtime_seconds: Option<i64> },
    Rm { path: String, allow_missing: bool },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CopyAction {
    pub source: FileSource,
    pub selection: Selection,
    pub to: String,
    pub owner: Option<String>,
    pub mode: Option<String>,
    #[serde(default)]
    pub link: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteLayerResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<String>,
    pub size_bytes: u64,
    pub entry_count: u64,
    pub content_bytes: u64,
    /// A file has a name that deletes in a layer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub has_whiteout_names: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackLayerRequest {
    pub layer: PackSource,
    pub base: Vec<LayerSource>,
    pub output: Option<PackOutput>,
    pub index: Option<PathBuf>,
    pub max_mtime_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PackSource {
    Tree {
        path: PathBuf,
    },
    /// Its index is not needed: the archive is read in its order.
    Tar {
        path: PathBuf,
    },
    Blob {
        path: PathBuf,
    },
    /// A complete tree, as the difference to what the survey found in it; the survey is renewed.
    ChangedTree {
        path: PathBuf,
        survey: PathBuf,
    },
}

#[derive(Deserialize)]
pub struct PackOutput {
    pub path: PathBuf,
    pub compression: Compression,
    pub level: Option<i32>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PackLayerResult {
    pub diff_id: String,
    pub size_bytes: u64,
    pub entry_count: u64,
    pub content_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_size_bytes: Option<u64>,
}

#[derive(Deserialize)]
pub struct FollowBlobRequest {
    pub path: PathBuf,
    pub from: Option<DigestState>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowBlobResult {
    pub digest: String,
    pub size_bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnpackLayerRequest {
    pub blob: PathBuf,
    pub expect_digest: Option<String>,
    pub expect_diff_id: Option<String>,
    pub tree: PathBuf,
    pub base: Vec<LayerSource>,
    pub limits: Option<Limits>,
    #[serde(default)]
    pub literal_names: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    pub max_bytes: Option<u64>,
    pub max_entries: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnpackLayerResult {
    pub diff_id: String,
    pub size_bytes: u64,
    pub entry_count: u64,
    pub content_bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlattenRequest {
    pub layers: Vec<LayerSource>,
    pub output: FlattenOutput,
    pub subpath: Option<String>,
    pub max_mtime_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum FlattenOutput {
    Tar {
        path: PathBuf,
        directory: Option<String>,
    },
    Directory {
        path: PathBuf,
        #[serde(default)]
        keep_owners: bool,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdvanceRequest {
    pub tree: PathBuf,
    /// Top first.
    pub layers: Vec<LayerSource>,
}

#[derive(Deserialize)]
pub struct DiffRequest {
    pub tree: PathBuf,
    pub base: Vec<LayerSource>,
}

#[derive(Serialize)]
pub struct DiffResult {
    pub changes: Vec<PathChange>,
}

#[derive(Serialize)]
pub struct PathChange {
    pub kind: ChangeKind,
    pub path: String,
}

#[derive(Serialize)]
pub enum ChangeKind {
    #[serde(rename = "A")]
    Added,
    #[serde(rename = "C")]
    Changed,
    #[serde(rename = "D")]
    Deleted,
}

#[derive(Deserialize)]
pub struct RemoveRequest {
    pub paths: Vec<PathBuf>,
}

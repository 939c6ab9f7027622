use crate::LayerSource;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Reads a layer in any form and writes it as a stream: computes the diff ID, and writes a blob if `output` is given. A
/// tree is packed as the difference from its base (directories with unchanged metadata have no entry, parents of changed
/// files do).
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PackLayerRequest {
    pub layer: PackSource,
    pub base: Vec<LayerSource>,
    pub output: Option<PackOutput>,
    /// Entry index for the written tar; only with an uncompressed output.
    pub index: Option<PathBuf>,
    pub max_mtime_seconds: Option<i64>,
    /// The layer belongs to a running container: files that vanish while they are read are left out.
    #[serde(default)]
    pub live: bool,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PackSource {
    Tree {
        path: PathBuf,
    },
    /// The index is not needed: the archive is read sequentially.
    Tar {
        path: PathBuf,
    },
    Blob {
        path: PathBuf,
    },
    /// A complete tree, packed as the difference from the survey, which is then updated.
    ChangedTree {
        path: PathBuf,
        survey: PathBuf,
    },
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PackOutput {
    pub path: PathBuf,
    pub compression: Compression,
    pub level: Option<i32>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Compression {
    None,
    Gzip,
    Zstd,
    /// gzip with a table of contents, for reading single files.
    Estargz,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PackLayerResult {
    pub diff_id: String,
    pub size_bytes: u64,
    pub entry_count: u64,
    pub content_bytes: u64,
    /// Digest of the written output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estargz: Option<EstargzResult>,
}

/// Table of contents of the output, which is part of the decompressed bytes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct EstargzResult {
    pub diff_id: String,
    pub size_bytes: u64,
    pub toc_digest: String,
}

/// Creates an overlay tree from a layer blob (compression found by content). The tree is complete or absent.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnpackLayerRequest {
    pub blob: PathBuf,
    /// The blob is still being written: its size is announced as for `follow-blob`.
    #[serde(default)]
    pub growing: bool,
    /// Compared with the digest of the stored bytes, if given.
    pub expect_digest: Option<String>,
    /// Compared with the digest of the uncompressed bytes, if given.
    pub expect_diff_id: Option<String>,
    pub tree: PathBuf,
    /// For directories and hard link targets that the archive does not contain.
    pub base: Vec<LayerSource>,
    pub limits: Option<UnpackLimits>,
    /// The archive is not a layer: a name such as `.wh.x` is a plain file name.
    #[serde(default)]
    pub literal_names: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnpackLimits {
    pub max_bytes: Option<u64>,
    pub max_entries: Option<u64>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct UnpackLayerResult {
    pub diff_id: String,
    pub size_bytes: u64,
    pub entry_count: u64,
    pub content_bytes: u64,
}

/// Merges layers into one filesystem: a tar (no whiteouts), or a directory.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FlattenRequest {
    pub layers: Vec<LayerSource>,
    pub output: FlattenOutput,
    /// The top layer belongs to a running container: files that vanish while they are read are left out.
    #[serde(default)]
    pub live: bool,
    /// Restrict to one path of the merged tree.
    pub subpath: Option<String>,
    /// Modification time of every file, in seconds since the epoch; default: that of each file.
    pub mtime_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum FlattenOutput {
    /// The archive ends with exactly two empty blocks.
    Tar {
        path: PathBuf,
        /// Directory of the archive that contains everything.
        directory: Option<String>,
    },
    /// Files belong to the caller, without device nodes.
    Directory {
        path: PathBuf,
        /// Files keep the IDs of the layers, and the directory gets the metadata of their root.
        #[serde(default)]
        keep_owners: bool,
        /// Where a survey of the new files is written, with which a later `changed-tree` detects the changes of a command.
        survey: Option<PathBuf>,
        /// The filesystem is flushed: the files survive a power failure.
        #[serde(default)]
        flush: bool,
    },
}

/// Only for a directory whose files belong to the caller.
#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FlattenResult {
    pub devices_left_out: NoticedFiles,
    pub set_id_programs: NoticedFiles,
}

#[derive(Serialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NoticedFiles {
    pub count: usize,
    /// The first few names.
    pub first: Vec<String>,
}

/// Applies further layers to a complete tree that `flatten` or `advance` created: it then contains all of them.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AdvanceRequest {
    pub tree: PathBuf,
    /// Top first.
    pub layers: Vec<LayerSource>,
    /// Replaced.
    pub survey: PathBuf,
}

use crate::RootSpec;
use serde::{Deserialize, Serialize};

/// Copies files between the host and another root, by the rules of `docker cp`. Links of each side are resolved within it;
/// existing files are replaced, existing directories are not.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyRequest {
    pub root: RootSpec,
    pub direction: CopyDirection,
    /// Path within the root.
    pub path: String,
    /// Absolute path. Absent: a tar, read from descriptor 0 or written to descriptor 1.
    pub host_path: Option<String>,
    /// If the source is a link, copy its target.
    #[serde(default)]
    pub follow_link: bool,
    /// Owner of files that are copied in, in Docker's syntax; absent: IDs are kept. Files copied out belong to the caller.
    pub owner: Option<String>,
    /// Directories of the root that are treated as empty.
    #[serde(default)]
    pub hidden: Vec<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum CopyDirection {
    In,
    Out,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CopyResult {
    /// Size of the tar.
    pub size_bytes: u64,
}

//! What copying takes: sandbox-native/driver/protocol.ts is the other side.
use crate::run::stored_root::RootSpec;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyRequest {
    pub root: RootSpec,
    pub direction: Direction,
    /// Within the root.
    pub path: String,
    /// Absolute; absent: an archive on descriptor 0 or 1.
    pub host_path: Option<String>,
    #[serde(default)]
    pub follow_link: bool,
    pub owner: Option<String>,
    /// Directories of the root that seem to be empty.
    #[serde(default)]
    pub hidden: Vec<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    In,
    Out,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CopyResult {
    /// As an archive.
    pub size_bytes: u64,
}

//! What copying takes: sandbox-native/driver/protocol.ts is the other side.
use serde::{Deserialize, Serialize};

/// `Root` names the other root; whoever calls opens it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyRequest<Root> {
    pub root: Root,
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

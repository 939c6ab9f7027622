use crate::LayerSource;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Lists what an overlay tree, or a complete one, changes in the layers below it, like `docker diff`: sorted, directories
/// before their content.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DiffRequest {
    pub tree: PathBuf,
    /// `tree` is a complete tree, and this survey records its original state.
    #[serde(default)]
    pub survey: Option<PathBuf>,
    pub base: Vec<LayerSource>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct DiffResult {
    pub changes: Vec<PathChange>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PathChange {
    pub kind: ChangeKind,
    pub path: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum ChangeKind {
    #[serde(rename = "A")]
    Added,
    #[serde(rename = "C")]
    Changed,
    #[serde(rename = "D")]
    Deleted,
}

/// Removes trees whatever their owners and modes. Missing paths are ignored.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RemoveRequest {
    pub paths: Vec<PathBuf>,
}
